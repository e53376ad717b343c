import { Button, Input, Select, Table, type TableProps } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { LinkButton } from '../components/LinkButton';
import { Loaded } from '../components/Loaded';
import { Mark } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { editorAddress, useTitles, type Tree } from '../conditions';
import { NONE, useFormat } from '../format';
import { useSession } from '../session';

type Row = Schemas['CustomerRow'];
const TIERS = ['high', 'middle', 'potential', 'at_risk'];
const STAGES = ['prospect', 'new', 'active', 'dormant', 'churned'];
const SEGMENTS = [
  'champions', 'loyal', 'potential_loyalist', 'new', 'promising', 'needs_attention', 'about_to_sleep',
  'at_risk', 'cannot_lose', 'hibernating', 'lost',
];
const FILTERS = ['q', 'value_tier', 'stage', 'rfm_segment', 'audience', 'tag'] as const;

export default function Customers() {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const { get, set } = useFilters();
  const wanted = Object.fromEntries(FILTERS.map((name) => [name, get(name)]));
  const page = Number(get('page')) || 1;
  const size = Number(get('size')) || 20;
  const sort = get('sort') || '-monetary';
  const query = useGet('/api/customers', { query: { ...wanted, page, size, sort } }, { keep: true });
  const tree = treeOf(wanted);
  const isFiltered = FILTERS.some((name) => wanted[name]);
  return (
    <Page
      title={t('page.customers')}
      lead={query.data && t('customers.found', { count: query.data.total, shown: format.count(query.data.total) })}
      actions={isFiltered && (
        <>
          {tree && may('audiences.write') && <LinkButton to={editorAddress(tree)}>{t('action.save_audience')}</LinkButton>}
          <Button onClick={() => set(Object.fromEntries([...FILTERS, 'page'].map((name) => [name, ''])))}>
            {t('action.clear_filters')}
          </Button>
        </>
      )}
    >
      <Section flush>
        <Toolbar />
        <Loaded query={query}>
          {(data) =>
            data.total === 0 && !isFiltered ? (
              <NextStep text={t('customers.empty')} command="zhiyin import RECIPE FILE… && zhiyin run" />
            ) : (
              <List items={data.items} total={data.total} page={page} size={size} sort={sort} isBusy={query.isFetching} />
            )
          }
        </Loaded>
      </Section>
    </Page>
  );
}

/** The filters as a condition; a search text is none, so it makes no audience. */
function treeOf(wanted: Record<string, string>): Tree | null {
  const nodes: Tree[] = ['value_tier', 'stage', 'rfm_segment']
    .filter((name) => wanted[name])
    .map((name) => ({ attribute: name, equals: wanted[name] }));
  if (wanted.audience) nodes.push({ audience: wanted.audience });
  if (wanted.tag) nodes.push({ tag: wanted.tag });
  return nodes.length && !wanted.q ? { all: nodes } : null;
}

function Toolbar() {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const { data: fields } = useGet('/api/fields');
  const titles = useTitles();
  const choice = (name: string, values: string[], kind: string) => (
    <Select
      allowClear placeholder={t(`field.${name}`)} aria-label={t(`field.${name}`)} className="filter"
      value={get(name) || undefined}
      onChange={(value) => set({ [name]: value, page: '' })}
      options={values.map((value) => ({ value, label: t(`${kind}.${value}`, { defaultValue: value }) }))}
    />
  );
  const named = (name: 'audience' | 'tag', values: string[]) => (
    <Select
      allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t(`field.${name}`)} aria-label={t(`field.${name}`)}
      className="filter wide"
      value={get(name) || undefined}
      onChange={(value) => set({ [name]: value, page: '' })}
      options={values.map((value) => ({ value, label: titles[name](value) }))}
    />
  );
  return (
    <div className="toolbar">
      <Input.Search
        allowClear className="search" defaultValue={get('q')} key={get('q')}
        placeholder={t('customers.search')} aria-label={t('customers.search')}
        onSearch={(q) => set({ q: q.trim(), page: '' })}
      />
      {choice('value_tier', TIERS, 'tier')}
      {choice('stage', STAGES, 'stage')}
      {choice('rfm_segment', SEGMENTS, 'segment')}
      {named('audience', fields?.audiences.map((audience) => audience.name) ?? [])}
      {named('tag', fields?.tags.map((tag) => tag.tag) ?? [])}
    </div>
  );
}

function List(props: { items: Row[]; total: number; page: number; size: number; sort: string; isBusy: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { set } = useFilters();
  const sorted = (name: string) => ({
    dataIndex: name, key: name, sorter: true, sortDirections: ['descend', 'ascend'] as ('descend' | 'ascend')[],
    sortOrder: props.sort === `-${name}` ? ('descend' as const) : props.sort === name ? ('ascend' as const) : null,
  });
  const columns: TableProps<Row>['columns'] = [
    {
      title: t('field.customer'), dataIndex: 'person_id', fixed: 'left', width: 210,
      render: (id: string, row) => (
        <Link to={`/customers/${encodeURIComponent(id)}`} className="person">
          <b>{row.name ?? id}</b>
          {row.name && <small>{id}</small>}
        </Link>
      ),
    },
    { title: t('field.value_tier'), dataIndex: 'value_tier', render: (value) => <Mark kind="tier" value={value} /> },
    { title: t('field.stage'), dataIndex: 'stage', render: (value) => <Mark kind="stage" value={value} /> },
    { title: t('field.rfm_segment'), dataIndex: 'rfm_segment', render: (value) => (value ? t(`segment.${value}`) : NONE) },
    { title: t('field.monetary'), ...sorted('monetary'), align: 'right', render: (value) => format.money(value) },
    { title: t('field.orders'), ...sorted('orders'), align: 'right', render: (value) => format.count(value) },
    { title: t('field.last_order_at'), ...sorted('last_order_at'), render: (value) => format.date(value) },
    { title: t('field.clv'), ...sorted('clv'), align: 'right', render: (value) => format.money(value, 0) },
    { title: t('field.churn'), ...sorted('churn'), align: 'right', render: (value) => format.share(value) },
    { title: t('field.email'), dataIndex: 'email', render: (value) => value ?? NONE },
    { title: t('field.city'), dataIndex: 'city', render: (value, row) => value ?? row.country ?? NONE },
  ];
  return (
    <Table<Row>
      size="small" rowKey="person_id" columns={columns} dataSource={props.items} loading={props.isBusy}
      scroll={{ x: 1180 }}
      onChange={(paging, _filters, sorter) => {
        const one = Array.isArray(sorter) ? sorter[0] : sorter;
        const sort = one?.order ? `${one.order === 'descend' ? '-' : ''}${String(one.field)}` : '';
        set({ page: paging.current === 1 ? '' : paging.current, size: paging.pageSize === 20 ? '' : paging.pageSize,
          sort: sort === '-monetary' ? '' : sort });
      }}
      pagination={{
        current: props.page, pageSize: props.size, total: props.total, showSizeChanger: true,
        pageSizeOptions: [20, 50, 100], showTotal: (total) => t('table.total', { count: total, shown: format.count(total) }),
      }}
      locale={{ emptyText: <NextStep text={t('customers.none_fit')} /> }}
    />
  );
}
