import { DownloadOutlined, LineChartOutlined, TableOutlined } from '@ant-design/icons';
import { Button, Skeleton, Table, Tooltip } from 'antd';
import type { EChartsCoreOption } from 'echarts/core';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { save, type Cell } from './csv';
import { Section } from './Section';

const Chart = lazy(() => import('./Chart'));

/** A chart that can be read as a table and saved as CSV. */
export function ChartCard(props: {
  title: string;
  label: string;
  option: EChartsCoreOption;
  columns: string[];
  rows: Cell[][];
  shown?: (cell: Cell, column: number) => string;
  extra?: ReactNode;
  height?: number;
  file: string;
  /** What a click on the point of that index does. */
  onPick?: (index: number) => void;
}) {
  const { t } = useTranslation();
  const [isTable, setTable] = useState(false);
  const height = props.height ?? 260;
  const shown = props.shown ?? ((cell) => String(cell ?? ''));
  return (
    <Section
      title={props.title}
      extra={
        <span className="tools">
          {props.extra}
          <Tooltip title={t(isTable ? 'chart.as_chart' : 'chart.as_table')}>
            <Button
              type="text" size="small" aria-pressed={isTable}
              aria-label={t(isTable ? 'chart.as_chart' : 'chart.as_table')}
              icon={isTable ? <LineChartOutlined /> : <TableOutlined />}
              onClick={() => setTable(!isTable)}
            />
          </Tooltip>
          <Tooltip title={t('action.export_csv')}>
            <Button
              type="text" size="small" aria-label={t('action.export_csv')} icon={<DownloadOutlined />}
              onClick={() => save(`${props.file}.csv`, [props.columns, ...props.rows])}
            />
          </Tooltip>
        </span>
      }
    >
      {isTable ? (
        <Table
          size="small" pagination={false} scroll={{ y: height - 40 }}
          rowKey={(row) => String(row[0])}
          columns={props.columns.map((title, index) => ({
            title, key: title, align: index ? ('right' as const) : undefined,
            render: (_: unknown, row: Cell[]) => shown(row[index] ?? null, index),
          }))}
          dataSource={props.rows}
        />
      ) : (
        <Suspense fallback={<Skeleton.Node active style={{ width: '100%', height }} />}>
          <Chart option={props.option} label={props.label} height={height} onPick={props.onPick} />
        </Suspense>
      )}
    </Section>
  );
}
