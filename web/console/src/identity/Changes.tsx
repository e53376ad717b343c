import { UndoOutlined } from '@ant-design/icons';
import { Button, Input, Segmented, Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { useFilters } from '../components/query';
import { useFormat } from '../format';
import { useSession } from '../session';
import type { Deed } from './Decide';
import { isMasked, TypedId } from './TypedId';

type Line = Schemas['ChangeLine'];
const SIZE = 20;
const KINDS = ['', 'merge', 'split'];

/** The ledger: what merged and split, newest first, each with its cause and the way back. */
export function Changes({ decide }: { decide: (deed: Deed) => void }) {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const page = Number(get('page')) || 1;
  const kind = get('kind') as '' | 'merge' | 'split';
  const query = useGet('/api/data/identity/changes', { query: { kind, q: get('id'), page, size: SIZE } }, { keep: true });
  const isFiltered = kind !== '' || get('id') !== '';
  return (
    <>
      <div className="toolbar bare">
        <Segmented aria-label={t('identity.kind_filter')} value={kind} onChange={(value) => set({ kind: value, page: '' })} options={KINDS.map((value) => ({ value, label: t(`identity.kind.${value || 'all'}`) }))} />
        <Input.Search className="search wide" allowClear defaultValue={get('id')} placeholder={t('identity.find_id')} aria-label={t('identity.find_id')} onSearch={(id) => set({ id: id.trim(), page: '' })} />
      </div>
      <Loaded query={query}>
        {(found) => found.total === 0
          ? <NextStep text={t(isFiltered ? 'identity.no_changes_fit' : 'identity.no_changes')} />
          : <ChangeTable changes={found.items} decide={decide} paging={{ page, total: found.total, turn: (next) => set({ page: next === 1 ? '' : next }) }} />}
      </Loaded>
    </>
  );
}

type Paging = { page: number; total: number; turn: (page: number) => void };

export function ChangeTable({ changes, decide, paging }: { changes: Line[]; decide: (deed: Deed) => void; paging?: Paging }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const { set } = useFilters();
  const canDecide = may('identity.write');
  return (
    <Table
      size="small" rowKey="change_id" dataSource={changes} scroll={{ x: 980 }}
      pagination={paging && paging.total > SIZE ? { current: paging.page, total: paging.total, pageSize: SIZE, size: 'small', showSizeChanger: false, onChange: paging.turn } : false}
      columns={[
        { title: t('identity.changed_at'), dataIndex: 'changed_at', width: 140, render: format.time },
        { title: t('identity.change'), dataIndex: 'kind', render: (kind: string, row) => <><Chip tone={kind === 'merge' ? 'blue' : 'orange'}>{t(`identity.kind.${kind}`)}</Chip> <small className="muted">{row.change_id}</small></> },
        { title: t('identity.person'), dataIndex: 'person_id', render: (id: string) => <TypedId id={id} isLink /> },
        { title: t('identity.other_person'), dataIndex: 'other_person_id', render: (id: string) => <TypedId id={id} isLink /> },
        { title: t('identity.ids_moved'), dataIndex: 'ids', align: 'right', render: format.count },
        {
          title: t('identity.cause'), key: 'cause',
          render: (_, row) => (
            <span className="cause">
              <Chip tone={row.cause === 'decision' ? 'purple' : 'plain'}>{t(`evidence.${row.cause}`, { defaultValue: row.cause })}</Chip>
              {row.cause_left_id && row.cause_right_id && (
                !isMasked(row.cause_left_id + row.cause_right_id)
                  ? <button type="button" className="link" onClick={() => set({ left: row.cause_left_id ?? '', right: row.cause_right_id ?? '' })}>{t('identity.evidence_of')}</button>
                  : <TypedId id={isMasked(row.cause_left_id) ? row.cause_left_id : row.cause_right_id} />
              )}
            </span>
          ),
        },
        {
          title: '', key: 'undo', align: 'right', fixed: 'right', width: 110,
          render: (_, row) => row.undone_by
            ? <Chip tone="green">{t('identity.undone')}</Chip>
            : canDecide && <Button size="small" icon={<UndoOutlined />} aria-label={t('identity.undo_this', { change: row.change_id })} onClick={() => decide({ verb: 'undo', change_id: row.change_id })}>{t('identity.undo')}</Button>,
        },
      ]}
    />
  );
}
