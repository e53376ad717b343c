import { UndoOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { useSession } from '../session';
import { Decide, type Deed } from './Decide';
import { Evidence, TypedId } from './TypedId';

type Data = Schemas['PersonIdentity'];
const FIRST = 8;

/** What makes a customer one person: ids, household, merges with the way back, refused links. */
export function PersonCard({ id }: { id: string }) {
  const { t } = useTranslation();
  const query = useGet('/api/customers/{person_id}/identity', { path: { person_id: id } });
  const [deed, setDeed] = useState<Deed | null>(null);
  const count = query.data?.id_count;
  return (
    <Section title={count ? t('customer.ids', { count }) : t('page.identity')} extra={<Link to="/data/identity">{t('page.identity')}</Link>}>
      <Loaded query={query}>
        {(found) => (
          <>
            <Ids ids={found.ids} />
            {found.household && (
              <>
                <h3>{t('identity.household')}</h3>
                <span className="chips">{found.household.people.map((one) => <TypedId key={one} id={one} isLink />)}</span>
              </>
            )}
            {found.refused.length > 0 && <Refused links={found.refused} />}
            {found.survivors.length > 0 && <Survivors survivors={found.survivors} />}
            {found.changes.length > 0 && <History found={found} decide={setDeed} />}
          </>
        )}
      </Loaded>
      {deed && <Decide deed={deed} close={() => setDeed(null)} />}
    </Section>
  );
}

function Ids({ ids }: { ids: Data['ids'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isWhole, setWhole] = useState(false);
  return (
    <>
      <ul className="person-ids">
        {(isWhole ? ids : ids.slice(0, FIRST)).map((one) => (
          <li key={one.id}>
            <TypedId id={one.id} />
            <span className="muted"><Evidence kinds={one.evidence} /> {[one.sources.join(', '), one.last_seen && format.date(one.last_seen)].filter(Boolean).join(' · ')}</span>
          </li>
        ))}
      </ul>
      {!isWhole && ids.length > FIRST && <Button size="small" type="text" onClick={() => setWhole(true)}>{t('action.show_all', { count: ids.length })}</Button>}
    </>
  );
}

function Refused({ links }: { links: Data['refused'] }) {
  const { t } = useTranslation();
  return (
    <>
      <h3>{t('identity.refused')}</h3>
      <ul className="obstacles">
        {links.map((one) => (
          <li key={one.left_id + one.right_id}>
            <TypedId id={one.left_id} /> <span aria-hidden>·</span> <TypedId id={one.right_id} /> <Chip tone="orange">{t(`refusal.${one.reason}`, { defaultValue: one.reason ?? '' })}</Chip>
          </li>
        ))}
      </ul>
    </>
  );
}

function Survivors({ survivors }: { survivors: Data['survivors'] }) {
  const { t } = useTranslation();
  return (
    <>
      <h3>{t('identity.survivors')}</h3>
      <dl className="facts">
        {survivors.map((one) => (
          <span className="fact" key={one.field}>
            <dt>{t(`field.${one.field}`, { defaultValue: one.field })}</dt>
            <dd>{t(`survival.${one.rule}`, { defaultValue: one.rule })} <span className="muted">{t('identity.of_values', { count: one.values })}</span></dd>
          </span>
        ))}
      </dl>
    </>
  );
}

function History({ found, decide }: { found: Data; decide: (deed: Deed) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  return (
    <>
      <h3>{t('identity.history')}</h3>
      <ul className="merge-history">
        {found.changes.map((one) => (
          <li key={one.change_id}>
            <span className="muted">{format.date(one.changed_at)}</span>
            <span>
              <Chip tone={one.kind === 'merge' ? 'blue' : 'orange'}>{t(`identity.kind.${one.kind}`)}</Chip>{' '}
              <TypedId id={one.person_id === found.person_id ? one.other_person_id : one.person_id} isLink />{' '}
              <span className="muted">{t(`evidence.${one.cause}`, { defaultValue: one.cause })}</span>
            </span>
            {one.undone_by ? <Chip tone="green">{t('identity.undone')}</Chip>
              : may('identity.write') && <Button size="small" icon={<UndoOutlined />} aria-label={t('identity.undo_this', { change: one.change_id })} onClick={() => decide({ verb: 'undo', change_id: one.change_id })}>{t('identity.undo')}</Button>}
          </li>
        ))}
      </ul>
    </>
  );
}
