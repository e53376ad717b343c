import { Select, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { NextStep } from '../components/NextStep';
import { useFilters } from '../components/query';
import { NONE, useFormat } from '../format';

const SIZE = 20;

/** Rows that a cleaning rule keeps out; a mended rule lets them in at the next run. */
export function Rejects() {
  const { t } = useTranslation();
  const format = useFormat();
  const { get, set } = useFilters();
  const page = Number(get('page')) || 1;
  const query = useGet('/api/data/cleaning/rejects', { query: { table: get('from'), rule: get('rule'), page, size: SIZE } }, { keep: true });
  return (
    <Loaded query={query}>
      {(found) => found.counts.length === 0 ? <NextStep text={t('quality.no_rejects')} /> : (
        <>
          <div className="toolbar bare">
            <Select
              className="filter wide" allowClear placeholder={t('quality.rule')} aria-label={t('quality.rule')} popupMatchSelectWidth={false} style={{ minWidth: 260 }}
              value={get('rule') ? `${get('from')}|${get('rule')}` : undefined}
              onChange={(value?: string) => { const [from = '', rule = ''] = (value ?? '').split('|'); set({ from, rule, page: '' }); }}
              options={found.counts.map((one) => ({ value: `${one.table}|${one.rule}`, label: `${one.rule} · ${one.table} (${format.count(one.rows)})` }))}
            />
            <span className="muted">{t('quality.rejects_lead')} <Link className="underlined" to="/data/records">{t('quality.to_records')}</Link></span>
          </div>
          <Table
            size="small" dataSource={found.items} scroll={{ x: 860 }} rowKey={(row) => [row.table, row.load_id, row.origin, row.origin_line, row.source_id].join()}
            pagination={found.total > SIZE ? { current: page, total: found.total, pageSize: SIZE, size: 'small', showSizeChanger: false, onChange: (next) => set({ page: next === 1 ? '' : next }) } : false}
            columns={[
              { title: t('quality.rule'), dataIndex: 'rule', render: (rule: string) => <b>{rule}</b> },
              { title: t('quality.where'), key: 'where', render: (_, row) => <><span className="muted">{row.table}{row.column && '.'}</span>{row.column}</> },
              { title: t('field.value'), dataIndex: 'value', className: 'wrap', render: (value: string | null) => (value === null ? NONE : <code>{value}</code>) },
              { title: t('field.source'), dataIndex: 'source_id' },
              { title: t('records.origin'), key: 'origin', render: (_, row) => <span className="muted">{row.origin} · {format.count(row.origin_line)}</span> },
              { title: t('quality.rejected_at'), dataIndex: 'rejected_at', render: format.time },
            ]}
          />
        </>
      )}
    </Loaded>
  );
}
