import { Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { useFilters } from '../components/query';
import { useFormat } from '../format';

type Line = Schemas['AnomalyLine'];

/** The measure's figures in its own unit: shares of nulls as per cent, the rest as numbers. */
export function useMeasured() {
  const format = useFormat();
  return (metric: string, value: number | null) =>
    metric === 'null_rate' ? format.share(value) : metric === 'mean' || metric === 'distance' ? format.decimal(value, 3) : format.count(value);
}

export function useMeasureName() {
  const { t } = useTranslation();
  return (column: string, metric: string) => {
    const name = t(`quality.metric.${metric}`, { defaultValue: metric });
    return column ? t('quality.metric_of', { metric: name, column }) : name;
  };
}

/** Days of data that stand out from the days before. */
export function Anomalies({ anomalies }: { anomalies: Line[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { set } = useFilters();
  const measured = useMeasured();
  const name = useMeasureName();
  if (anomalies.length === 0) return <NextStep text={t('quality.no_anomalies')} />;
  return (
    <Table
      size="small" dataSource={anomalies} scroll={{ x: 860 }} rowKey={(row) => [row.table, row.day, row.column, row.metric].join()}
      pagination={anomalies.length > 20 ? { pageSize: 20, size: 'small', showSizeChanger: false } : false}
      columns={[
        { title: t('field.day'), dataIndex: 'day', render: format.date },
        { title: t('field.table'), dataIndex: 'table', render: (table: string, row) => <button type="button" className="link" onClick={() => set({ table, measure: `${row.metric}:${row.column}` })}>{table}</button> },
        { title: t('quality.measure'), key: 'measure', render: (_, row) => name(row.column, row.metric) },
        { title: t('quality.measured'), dataIndex: 'value', align: 'right', render: (value: number, row) => <b>{measured(row.metric, value)}</b> },
        { title: t('quality.expected'), dataIndex: 'expected', align: 'right', render: (value: number, row) => measured(row.metric, value) },
        { title: t('quality.usual'), key: 'usual', align: 'right', render: (_, row) => <span className="muted">{measured(row.metric, row.low)} – {measured(row.metric, row.high)}</span> },
        {
          title: t('quality.strength'), dataIndex: 'score',
          render: (score: number) => <Chip tone={Math.abs(score) >= 8 ? 'red' : 'orange'}>{t(score > 0 ? 'quality.above' : 'quality.below', { times: format.decimal(Math.abs(score), 1) })}</Chip>,
        },
        { title: t('quality.found_at'), dataIndex: 'found_at', render: format.time },
      ]}
    />
  );
}
