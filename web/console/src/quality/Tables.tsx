import { Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Chip } from '../components/Marks';
import { useFilters } from '../components/query';
import { NONE, useFormat } from '../format';
import { DIMENSIONS, Score, Since } from './scores';

type Line = Schemas['TableLine'];

/** Every table that is looked at: those held back first, then the lowest score. */
export function Tables({ tables }: { tables: Line[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { set } = useFilters();
  return (
    <Table
      size="small" rowKey="table" dataSource={tables} scroll={{ x: 'max-content' }} pagination={tables.length > 20 ? { pageSize: 20, size: 'small', showSizeChanger: false } : false}
      columns={[
        {
          title: t('field.table'), dataIndex: 'table', fixed: 'left',
          render: (table: string, row) => (
            <span className="tagged one-line">
              <button type="button" className="link" onClick={() => set({ table })}>{table}</button>
              {row.is_held_back && <Chip tone="red">{t('quality.held_back')}</Chip>}
            </span>
          ),
        },
        { title: t('quality.score'), dataIndex: 'score', align: 'right', render: (value: number | null) => <b><Score value={value} /></b> },
        { title: t('quality.change_title'), key: 'change', align: 'right', render: (_, row) => <Since now={row.score} before={row.previous} isShort /> },
        ...DIMENSIONS.map((name) => ({
          title: t(`quality.dimension.${name}`), key: name, align: 'right' as const,
          render: (_: unknown, row: Line) => <Score value={row.dimensions[name]} />,
        })),
        {
          title: t('quality.failing_title'), dataIndex: 'failed_checks', align: 'right',
          render: (failed: number, row) => <span className={failed ? 'bad' : 'muted'}>{format.count(failed)} / {format.count(row.checks)}</span>,
        },
        { title: t('quality.kpi.anomalies'), dataIndex: 'anomalies', align: 'right', render: (count: number) => (count ? format.count(count) : <span className="muted">{NONE}</span>) },
        { title: t('quality.checked_at'), dataIndex: 'checked_at', render: (at: string | null) => format.time(at) },
      ]}
    />
  );
}
