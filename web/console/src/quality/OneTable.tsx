import { Drawer, Table } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { ChartCard } from '../components/ChartCard';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Section } from '../components/Section';
import { NONE, useFormat } from '../format';
import { Profile } from './Profile';
import { DIMENSIONS, floored, Score, Since, usePassRate } from './scores';
import { lineOption } from './Summary';

type Data = Schemas['TableOut'];
const ALL = 'all';

/** One table: its scores by dimension, what is expected of it, and what is measured. */
export function OneTable({ table, close }: { table: string; close: () => void }) {
  const { t } = useTranslation();
  const query = useGet('/api/data/quality/tables/{table}', { path: { table } });
  const found = query.data;
  return (
    <Drawer
      open size={980} onClose={close} className="on-paper"
      title={<span className="tagged"><code>{table}</code>{found?.is_held_back && <Chip tone="red">{t('quality.held_back')}</Chip>}</span>}
      extra={found && <span className="tagged"><b><Score value={found.score} /></b><Since now={found.score} before={found.previous} /></span>}
    >
      <Loaded query={query}>
        {(data) => (
          <>
            {data.is_held_back && <p className="held">{t('quality.held_back_lead')}</p>}
            <Checks checks={data.checks} />
            {new Set(data.trend.map((one) => one.day)).size > 1 && <Trend data={data} />}
            {data.measures.length > 0 && <Profile table={table} measures={data.measures} />}
          </>
        )}
      </Loaded>
    </Drawer>
  );
}

function Checks({ checks }: { checks: Data['checks'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rate = usePassRate();
  if (checks.length === 0) return <Section title={t('quality.checks')}><NextStep text={t('quality.no_checks')} command="zhiyin quality check" /></Section>;
  return (
    <Section flush title={t('quality.checks')}>
      <Table
        size="small" rowKey="check_name" dataSource={checks} scroll={{ x: 860 }} pagination={checks.length > 12 ? { pageSize: 12, size: 'small', showSizeChanger: false } : false}
        columns={[
          {
            title: t('quality.check'), dataIndex: 'check_name',
            render: (name: string, row) => <span className="person"><b>{name}</b><small>{[row.column, t(`quality.dimension.${row.dimension}`)].filter(Boolean).join(' · ')}</small></span>,
          },
          {
            title: t('field.state'), key: 'state',
            render: (_, row) => row.held_back ? <Chip tone="red">{t('quality.held_back')}</Chip>
              : row.rows === 0 ? <Chip>{t('quality.no_rows')}</Chip>
              : row.passed ? <Chip tone="green">{t('quality.passed')}</Chip>
                : <Chip tone={row.severity === 'blocking' ? 'red' : 'orange'}>{t(`quality.severity.${row.severity}`)}</Chip>,
          },
          { title: t('quality.pass_rate'), dataIndex: 'pass_rate', align: 'right', render: (value: number, row) => <b>{rate(value, row.failed)}</b> },
          { title: t('quality.at_least'), dataIndex: 'at_least', align: 'right', render: (value: number) => <span className="muted">{format.share(value)}</span> },
          { title: t('quality.failed_rows'), dataIndex: 'failed', align: 'right', render: (failed: number, row) => <>{failed ? format.count(failed) : NONE} <span className="muted">/ {format.count(row.rows)}</span></> },
          { title: t('quality.example'), dataIndex: 'example', className: 'wrap', render: (value: string | null) => (value === null ? <span className="muted">{NONE}</span> : <code>{value}</code>) },
        ]}
      />
    </Section>
  );
}

function Trend({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const days = [...new Set(data.trend.map((one) => one.day))];
  const known = DIMENSIONS.filter((name) => data.trend.some((one) => one.dimension === name));
  const at = (day: string, dimension: string) => data.trend.find((one) => one.day === day && one.dimension === dimension)?.score ?? null;
  const option = useMemo(
    () => lineOption(days, known.map((name) => [t(`quality.dimension.${name}`), days.map((day) => at(day, name))]), format),
    [data.trend, t],
  );
  return (
    <ChartCard
      title={t('quality.by_dimension')} label={t('quality.by_dimension_label', { table: data.table, count: days.length })} option={option} height={240} file={`${data.table}-quality`}
      columns={[t('field.day'), t('quality.score'), ...known.map((name) => t(`quality.dimension.${name}`))]}
      rows={days.map((day) => [day, at(day, ALL), ...known.map((name) => at(day, name))])}
      shown={(cell, column) => (column === 0 ? format.date(cell as string) : cell === null ? NONE : format.decimal(floored(cell as number), 1))}
    />
  );
}
