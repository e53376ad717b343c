import { Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { Changes } from '../identity/Changes';
import { Decide, type Deed } from '../identity/Decide';
import { Explain } from '../identity/Explain';
import { BlockedIds, Conflicts, Decisions, Households } from '../identity/Lists';
import { Review } from '../identity/Review';
import { Figures, Sources, Spread } from '../identity/Summary';

const CLEAN = { page: '', reason: '', kind: '', id: '', verdict: '' };

export default function Identity() {
  const { t } = useTranslation();
  const query = useGet('/api/data/identity');
  return (
    <Page title={t('page.identity')} lead={t('identity.lead')}>
      <Loaded query={query}>{(data) => <Board data={data} />}</Loaded>
    </Page>
  );
}

function Board({ data }: { data: Schemas['IdentityOut'] }) {
  const { t } = useTranslation();
  const [deed, setDeed] = useState<Deed | null>(null);
  if (data.ids === 0) return <Section><NextStep text={t('identity.empty')} command="zhiyin run" /></Section>;
  return (
    <>
      <Figures data={data} />
      <div className="columns wide-left">
        <div className="stack">
          <Sources data={data} />
          <Explain decide={setDeed} />
        </div>
        <Spread data={data} />
      </div>
      <Details data={data} decide={setDeed} />
      {deed && <Decide deed={deed} close={() => setDeed(null)} />}
    </>
  );
}

function Details({ data, decide }: { data: Schemas['IdentityOut']; decide: (deed: Deed) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { get, set } = useFilters();
  const sum = (groups: Schemas['Tally'][]) => format.count(groups.reduce((total, group) => total + group.count, 0));
  return (
    <Section>
      <Tabs
        activeKey={get('tab') || 'changes'} onChange={(tab) => set({ ...CLEAN, tab: tab === 'changes' ? '' : tab })} destroyOnHidden
        items={[
          { key: 'changes', label: t('identity.tab.changes', { shown: sum(data.changes) }), children: <Changes decide={decide} /> },
          { key: 'review', label: t('identity.tab.review', { shown: format.count(data.reviews) }), children: <Review /> },
          { key: 'conflicts', label: t('identity.tab.conflicts', { shown: sum(data.refused) }), children: <Conflicts counts={data.refused} /> },
          { key: 'blocked', label: t('identity.tab.blocked', { shown: sum(data.blocked) }), children: <BlockedIds counts={data.blocked} /> },
          { key: 'households', label: t('identity.tab.households', { shown: format.count(data.households) }), children: <Households /> },
          { key: 'decisions', label: t('identity.tab.decisions', { shown: format.count(data.decisions) }), children: <Decisions decide={decide} /> },
        ]}
      />
    </Section>
  );
}
