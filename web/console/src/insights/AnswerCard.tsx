import { DownloadOutlined, LineChartOutlined, TableOutlined } from '@ant-design/icons';
import { Button, Table, Tooltip } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { save, type Cell } from '../components/csv';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';

/** A cell of the table: what is exported, what is read, and whom it stands for. */
export type Figure = { value: Cell; text: ReactNode; look?: () => void };

/** A drawing that can be read as a table and saved as CSV; the choice is part of the address. */
export function AnswerCard(props: {
  title: ReactNode;
  columns: string[];
  rows: Figure[][];
  /** How many of the first columns are words; the others are figures. */
  words?: number;
  file: string;
  children: ReactNode;
  extra?: ReactNode;
  foot?: ReactNode;
  /** The name of the choice in the address, where a page has several cards. */
  view?: string;
  /** What is seen first; the drawing unless it says table. */
  first?: 'chart' | 'table';
}) {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const view = props.view ?? 'view';
  const first = props.first ?? 'chart';
  const isTable = (get(view) || first) === 'table';
  const turned = isTable ? 'chart' : 'table';
  const other = t(isTable ? 'chart.as_chart' : 'chart.as_table');
  const download = () => save(`${props.file}.csv`, [props.columns, ...props.rows.map((row) => row.map((one) => one.value))]);
  return (
    <Section
      title={props.title}
      extra={
        <span className="tools">
          {props.extra}
          <Tooltip title={other}>
            <Button
              type="text" size="small" aria-pressed={isTable} aria-label={other}
              icon={isTable ? <LineChartOutlined /> : <TableOutlined />}
              onClick={() => set({ [view]: turned === first ? '' : turned }, { replace: true })}
            />
          </Tooltip>
          <Tooltip title={t('action.export_csv')}>
            <Button type="text" size="small" aria-label={t('action.export_csv')} icon={<DownloadOutlined />} onClick={download} />
          </Tooltip>
        </span>
      }
    >
      {isTable ? <Figures columns={props.columns} rows={props.rows} words={props.words} /> : props.children}
      {props.foot}
    </Section>
  );
}

/** Figures in rows; one that stands for people opens their list. */
export function Figures({ columns, rows, words = 1 }: { columns: string[]; rows: Figure[][]; words?: number }) {
  return (
    <Table
      size="small" scroll={{ x: 'max-content' }} rowKey={(row) => String(rows.indexOf(row))} dataSource={rows}
      pagination={rows.length > 31 ? { pageSize: 31, size: 'small', showSizeChanger: false } : false}
      columns={columns.map((title, place) => ({
        title, key: place, align: place >= words ? ('right' as const) : undefined,
        render: (_: unknown, row: Figure[]) => <Shown figure={row[place]} />,
      }))}
    />
  );
}

export function Shown({ figure }: { figure: Figure | undefined }) {
  if (!figure) return null;
  if (!figure.look || !figure.value) return <>{figure.text}</>;
  return <button type="button" className="link" onClick={figure.look}>{figure.text}</button>;
}
