import { Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { Mark } from '../components/Marks';
import { Page } from '../components/Page';
import { Scores } from '../components/Scores';
import { Section } from '../components/Section';
import { AudiencesOf, Similar } from '../customer/Around';
import { Consents } from '../customer/Consents';
import { Figures } from '../customer/Figures';
import { Messages } from '../customer/Messages';
import { Orders } from '../customer/Orders';
import { Record } from '../customer/Record';
import { Reveal } from '../customer/Reveal';
import { Tags } from '../customer/Tags';
import { Timeline } from '../customer/Timeline';
import { Value } from '../customer/Value';
import '../customer/customer.css';
import { PersonCard } from '../identity/PersonCard';

type Data = Schemas['CustomerOut'];
type Revealed = Schemas['Revealed'];

export default function Customer() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const query = useGet('/api/customers/{person_id}', { path: { person_id: id } });
  const [revealed, setRevealed] = useState<Revealed | null>(null);
  const name = revealed?.name ?? query.data?.profile.name ?? id;
  const profile = query.data?.profile;
  return (
    <Page
      title={name}
      up={{ to: '/customers', title: t('page.customers') }}
      heading={
        <>
          {name} <Mark kind="tier" value={profile?.value_tier} /> <Mark kind="stage" value={profile?.stage} />
        </>
      }
      lead={name === id ? undefined : id}
      actions={query.data?.is_masked && query.data.may_reveal && !revealed && <Reveal id={id} done={setRevealed} />}
    >
      <Loaded query={query}>
        {(data) => (
          <>
            <Figures data={data} />
            <div className="columns wide-right">
              <div className="stack">
                <Record data={data} revealed={revealed} />
                <Value data={data} />
                <Tags tags={data.tags} preferences={data.preferences} />
                <AudiencesOf id={data.person_id} />
                <Consents consents={data.consents} />
                <PersonCard id={data.person_id} />
              </div>
              <div className="stack">
                <Scores scores={data.scores} />
                <Stories data={data} />
              </div>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Stories({ data }: { data: Data }) {
  const { t } = useTranslation();
  return (
    <Section>
      <Tabs
        items={[
          { key: 'timeline', label: t('customer.timeline'), children: <Timeline key={data.person_id} id={data.person_id} /> },
          { key: 'orders', label: t('customer.orders', { count: data.orders.length }), children: <Orders orders={data.orders} /> },
          { key: 'messages', label: t('customer.messages', { count: data.decisions.length }), children: <Messages data={data} /> },
          { key: 'similar', label: t('customer.similar'), children: <Similar id={data.person_id} /> },
        ]}
      />
    </Section>
  );
}
