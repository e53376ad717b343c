import { Button, Select, Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { useFilters } from '../components/query';
import { NONE, useFormat } from '../format';
import { useSession } from '../session';
import type { Deed } from './Decide';
import { Evidence, TypedId } from './TypedId';

const SIZE = 20;
type Counted = Schemas['Tally'][];

function usePaging(total: number) {
  const { get, set } = useFilters();
  const page = Number(get('page')) || 1;
  return total > SIZE
    ? { current: page, total, pageSize: SIZE, size: 'small' as const, showSizeChanger: false, onChange: (next: number) => set({ page: next === 1 ? '' : next }) }
    : (false as const);
}

function ReasonFilter({ counts, words }: { counts: Counted; words: 'refusal' | 'block' }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { get, set } = useFilters();
  return (
    <Select
      className="filter wide" style={{ minWidth: 240 }} allowClear placeholder={t('field.reason')} aria-label={t('field.reason')} popupMatchSelectWidth={false}
      value={get('reason') || undefined} onChange={(value?: string) => set({ reason: value ?? '', page: '' })}
      options={counts.map((one) => ({ value: one.name, label: `${t(`${words}.${one.name}`, { defaultValue: one.name })} (${format.count(one.count)})` }))}
    />
  );
}

/** Links that the merge policy refused, by reason. */
export function Conflicts({ counts }: { counts: Counted }) {
  const { t } = useTranslation();
  const { get } = useFilters();
  const query = useGet('/api/data/identity/conflicts', { query: { reason: get('reason'), page: Number(get('page')) || 1, size: SIZE } }, { keep: true });
  return (
    <Loaded query={query}>
      {(found) => counts.length === 0 ? <NextStep text={t('identity.no_conflicts')} /> : (
        <>
          <div className="toolbar bare"><ReasonFilter counts={counts} words="refusal" /><span className="muted">{t('identity.conflicts_lead')}</span></div>
          <ConflictTable links={found.items} total={found.total} />
        </>
      )}
    </Loaded>
  );
}

export function ConflictTable({ links, total }: { links: Schemas['ConflictLine'][]; total: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { set } = useFilters();
  const paging = usePaging(total);
  return (
    <Table
      size="small" dataSource={links} scroll={{ x: 920 }} rowKey={(row) => row.left_id + row.right_id} pagination={paging}
      columns={[
        { title: t('field.reason'), dataIndex: 'reason', render: (reason: string | null) => <Chip tone="orange">{t(`refusal.${reason}`, { defaultValue: reason ?? NONE })}</Chip> },
        { title: t('identity.first_id'), dataIndex: 'left_id', render: (id: string) => <TypedId id={id} isLink /> },
        { title: t('identity.second_id'), dataIndex: 'right_id', render: (id: string) => <TypedId id={id} isLink /> },
        { title: t('identity.evidence'), dataIndex: 'evidence', render: (kinds: string[]) => <Evidence kinds={kinds} /> },
        { title: t('field.source'), dataIndex: 'sources', render: (names: string[]) => names.join(', ') },
        { title: t('identity.times_seen'), dataIndex: 'seen', align: 'right', render: format.count },
        { title: t('identity.last_seen'), dataIndex: 'last_seen', render: format.date },
        { title: '', key: 'why', align: 'right', render: (_, row) => !row.is_masked && <Button size="small" type="text" onClick={() => set({ left: row.left_id, right: row.right_id })}>{t('identity.why')}</Button> },
      ]}
    />
  );
}

/** Ids that identify nobody. */
export function BlockedIds({ counts }: { counts: Counted }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { get } = useFilters();
  const query = useGet('/api/data/identity/blocked', { query: { reason: get('reason'), page: Number(get('page')) || 1, size: SIZE } }, { keep: true });
  const paging = usePaging(query.data?.total ?? 0);
  return (
    <Loaded query={query}>
      {(found) => counts.length === 0 ? <NextStep text={t('identity.no_blocked')} /> : (
        <>
          <div className="toolbar bare"><ReasonFilter counts={counts} words="block" /><span className="muted">{t('identity.blocked_lead')}</span></div>
          <Table
            size="small" dataSource={found.items} scroll={{ x: 720 }} rowKey="blocked_id" pagination={paging}
            columns={[
              { title: t('identity.id'), dataIndex: 'blocked_id', render: (id: string) => <TypedId id={id} /> },
              { title: t('field.reason'), dataIndex: 'reason', render: (reason: string) => <Chip tone="orange">{t(`block.${reason}`, { defaultValue: reason })}</Chip> },
              { title: t('field.detail'), dataIndex: 'detail', render: (detail: string | null) => <span className="muted">{detail ?? NONE}</span> },
              { title: t('identity.customers'), dataIndex: 'users', align: 'right', render: format.count },
              { title: t('identity.times_seen'), dataIndex: 'seen', align: 'right', render: format.count },
            ]}
          />
        </>
      )}
    </Loaded>
  );
}

/** People who share something without being one person. */
export function Households() {
  const { t } = useTranslation();
  const format = useFormat();
  const { get } = useFilters();
  const query = useGet('/api/data/identity/households', { query: { page: Number(get('page')) || 1, size: SIZE } }, { keep: true });
  const paging = usePaging(query.data?.total ?? 0);
  return (
    <Loaded query={query}>
      {(found) => found.total === 0 ? <NextStep text={t('identity.no_households')} /> : (
        <Table
          size="small" dataSource={found.items} scroll={{ x: 720 }} rowKey="household_id" pagination={paging}
          columns={[
            { title: t('identity.members'), dataIndex: 'members', align: 'right', width: 90, render: (count: number) => <b>{format.count(count)}</b> },
            { title: t('identity.shared_by'), dataIndex: 'shared_by', render: (kinds: string[]) => <span className="chips">{kinds.map((kind) => <Chip key={kind} tone="teal">{t(`id_kind.${kind}`, { defaultValue: kind })}</Chip>)}</span> },
            {
              title: t('identity.people'), dataIndex: 'people', className: 'wrap',
              render: (people: string[], row) => <span className="chips">{people.map((id) => <TypedId key={id} id={id} isLink />)}{row.members > people.length && <span className="muted">{t('identity.and_more', { count: row.members - people.length })}</span>}</span>,
            },
          ]}
        />
      )}
    </Loaded>
  );
}

/** What people decided; a decision in force can be taken back. */
export function Decisions({ decide }: { decide: (deed: Deed) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const { get } = useFilters();
  const query = useGet('/api/data/identity/decisions', { query: { page: Number(get('page')) || 1, size: SIZE } }, { keep: true });
  const paging = usePaging(query.data?.total ?? 0);
  return (
    <Loaded query={query}>
      {(found) => found.total === 0 ? <NextStep text={t('identity.no_decisions')} /> : (
        <Table
          size="small" dataSource={found.items} scroll={{ x: 980 }} rowKey={(row) => row.decision_id + row.left_id + row.right_id} pagination={paging}
          columns={[
            { title: t('field.decided_at'), dataIndex: 'decided_at', render: format.time },
            { title: t('identity.decision'), dataIndex: 'kind', render: (kind: string, row) => <><Chip tone={kind === 'join' ? 'blue' : 'orange'}>{t(`identity.decided.${kind}`)}</Chip> {row.change_id && <small className="muted">{t('identity.undoes', { change: row.change_id })}</small>}</> },
            { title: t('identity.ids_title'), key: 'ids', render: (_, row) => <span className="chips"><TypedId id={row.left_id} isLink /> <span aria-hidden>·</span> <TypedId id={row.right_id} isLink /></span> },
            { title: t('field.reason'), dataIndex: 'why', className: 'wrap', render: (why: string | null) => why ?? <span className="muted">{NONE}</span> },
            { title: t('field.actor'), dataIndex: 'actor' },
            {
              title: '', key: 'revoke', align: 'right', fixed: 'right',
              render: (_, row) => row.revoked_at
                ? <span className="muted">{t('identity.revoked_by', { actor: row.revoked_by, at: format.date(row.revoked_at) })}</span>
                : may('identity.write') && <Button size="small" onClick={() => decide({ verb: 'revoke', decision_id: row.decision_id })}>{t('identity.do.revoke')}</Button>,
            },
          ]}
        />
      )}
    </Loaded>
  );
}
