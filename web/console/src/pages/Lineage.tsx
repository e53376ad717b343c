import { AutoComplete, Segmented, Table } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';

type Direction = 'up' | 'down';
const SHOWN = 80;

export default function Lineage() {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const name = get('name');
  const direction: Direction = get('direction') === 'down' ? 'down' : 'up';
  const tables = useGet('/api/lineage/tables');
  return (
    <Page title={t('page.lineage')} lead={t('lineage.lead')}>
      <Section>
        <div className="toolbar">
          <Finder names={tables.data ?? []} name={name} choose={(chosen) => set({ name: chosen })} />
          <Segmented
            aria-label={t('lineage.direction')} value={direction}
            onChange={(chosen) => set({ direction: chosen === 'up' ? '' : chosen })}
            options={[{ value: 'up', label: t('lineage.up') }, { value: 'down', label: t('lineage.down') }]}
          />
        </div>
        <Loaded query={tables}>
          {(known) =>
            known.length === 0 ? <NextStep text={t('lineage.empty')} command="zhiyin run" />
              : name ? <Edges name={name} direction={direction} />
                : <p className="muted">{t('lineage.choose')}</p>
          }
        </Loaded>
      </Section>
    </Page>
  );
}

function Finder(props: { names: { table: string; columns: string[] }[]; name: string; choose: (name: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(props.name);
  useEffect(() => setText(props.name), [props.name]);
  const all = useMemo(
    () => props.names.flatMap(({ table, columns }) => [table, ...columns.map((column) => `${table}.${column}`)]),
    [props.names],
  );
  const wanted = text.toLowerCase();
  const options = all.filter((known) => known.toLowerCase().includes(wanted)).slice(0, SHOWN);
  return (
    <AutoComplete
      className="finder" value={text} onChange={setText} allowClear onClear={() => props.choose('')}
      onSelect={(chosen: string) => props.choose(chosen)} aria-label={t('lineage.find')} placeholder={t('lineage.find')}
      options={options.map((value) => ({ value }))}
      onKeyDown={(event) => { if (event.key === 'Enter' && all.includes(text)) props.choose(text); }}
    />
  );
}

function Edges({ name, direction }: { name: string; direction: Direction }) {
  const { t } = useTranslation();
  const { set } = useFilters();
  const query = useGet('/api/lineage', { query: { name, direction } });
  const end = (table: string, column: string) => (
    <button type="button" className="link" onClick={() => set({ name: `${table}.${column}` })}>
      <span className="muted">{table}.</span>{column}
    </button>
  );
  return (
    <Loaded query={query}>
      {(edges) =>
        edges.length === 0 ? <p className="muted">{t(`lineage.end_${direction}`)}</p> : (
          <Table
            size="small" dataSource={edges} pagination={edges.length > 50 ? { pageSize: 50, size: 'small' } : false} scroll={{ x: 640 }}
            rowKey={(row) => [row.depth, row.to_table, row.to_column, row.from_table, row.from_column].join()}
            columns={[
              { title: t('lineage.depth'), dataIndex: 'depth', width: 80 },
              { title: t('lineage.from'), key: 'from', render: (_, row) => end(row.from_table, row.from_column) },
              { title: '', key: 'arrow', width: 40, render: () => <span aria-hidden>→</span> },
              { title: t('lineage.to'), key: 'to', render: (_, row) => end(row.to_table, row.to_column) },
            ]}
          />
        )
      }
    </Loaded>
  );
}
