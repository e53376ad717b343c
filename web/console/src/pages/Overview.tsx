import { Alert, Segmented, Select, Table } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { Bars } from '../components/Bars';
import { ChartCard } from '../components/ChartCard';
import { KpiCard } from '../components/KpiCard';
import { Loaded } from '../components/Loaded';
import { Mark } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { NONE, useFormat, type Format } from '../format';
import { colors, series } from '../theme';

type Data = Schemas['OverviewOut'];
const PERIODS = [7, 30, 90, 365];
const MEASURES = ['revenue', 'orders', 'buyers', 'new_buyers', 'visitors', 'conversion_rate', 'average_order_value', 'cost'] as const;
const MONEY: string[] = ['revenue', 'average_order_value', 'cost'];
// A dozen fills the strip at every width.
const KPIS = [
  'revenue', 'orders', 'average_order_value', 'buyers', 'new_buyers', 'repurchase_rate',
  'visitors', 'conversion_rate', 'refund_rate', 'cost', 'cac', 'roi',
];
const ORDER = ['high', 'middle', 'potential', 'at_risk', 'new', 'active', 'dormant', 'churned', 'prospect'];
type Measure = (typeof MEASURES)[number];

export default function Overview() {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const format = useFormat();
  const days = Number(get('days')) || 30;
  // The usual period is computed by the run; others are computed when asked, so they are not polled.
  const query = useGet('/api/overview', { query: { days } }, { every: days === 30 ? 15_000 : undefined, keep: true });
  const data = query.data;
  return (
    <Page
      title={t('page.overview')}
      lead={data?.has_data && t('overview.period', { first: format.date(data.first), last: format.date(data.last) })}
      actions={
        <Segmented
          aria-label={t('overview.period_choice')}
          value={days}
          onChange={(value) => set({ days: value === 30 ? '' : value })}
          options={PERIODS.map((period) => ({ value: period, label: t('overview.days', { count: period }) }))}
        />
      }
    >
      <Loaded query={query}>{(loaded) => <Board data={loaded} />}</Loaded>
    </Page>
  );
}

function Board({ data }: { data: Data }) {
  const { t } = useTranslation();
  if (!data.has_data) {
    return (
      <Section>
        <NextStep text={t('overview.empty')} command="zhiyin import RECIPE FILE… && zhiyin run" />
      </Section>
    );
  }
  return (
    <>
      <Alerts alerts={data.alerts} />
      <div className="kpis">
        {KPIS.map((name) => data.kpis.find((kpi) => kpi.metric === name)).map((kpi) => kpi && <KpiCard key={kpi.metric} kpi={kpi} />)}
      </div>
      <div className="columns wide-left">
        <Trend data={data} />
        <div className="stack">
          <Groups title={t('overview.tiers')} kind="tier" filter="value_tier" groups={data.tiers} />
          <Groups title={t('overview.stages')} kind="stage" filter="stage" groups={data.stages} />
        </div>
      </div>
      <div className="columns wide-left top">
        <Channels data={data} />
        <Freshness data={data} />
      </div>
      <Campaigns campaigns={data.campaigns} />
    </>
  );
}

function Alerts({ alerts }: { alerts: Data['alerts'] }) {
  const { t } = useTranslation();
  if (alerts.length === 0) return null;
  return (
    <div className="alerts">
      {alerts.map((alert) => (
        <Alert
          key={alert.code + JSON.stringify(alert.detail)} type={alert.level} showIcon
          title={t(`alert.${alert.code}`, alert.detail as Record<string, string>)}
        />
      ))}
    </div>
  );
}

function Trend({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { get, set } = useFilters();
  const measure = (MEASURES.includes(get('measure') as Measure) ? get('measure') : 'revenue') as Measure;
  const option = useMemo(() => trendOption(data.trend, measure, t(`metric.${measure}`), format), [data.trend, measure, t]);
  const exact = formatOf(measure, format);
  return (
    <ChartCard
      title={t('overview.trend')}
      label={t('overview.trend_label', { measure: t(`metric.${measure}`), count: data.trend.length })}
      option={option}
      height={318}
      file={`trend-${measure}`}
      columns={[t('field.day'), t(`metric.${measure}`)]}
      rows={data.trend.map((day) => [day.day, day[measure]])}
      shown={(cell, column) =>
        column === 0 ? format.date(cell as string) : exact(cell as number | null)
      }
      extra={
        <Select
          size="small" value={measure} aria-label={t('overview.measure')} style={{ width: 128 }}
          onChange={(value) => set({ measure: value === 'revenue' ? '' : value }, { replace: true })}
          options={MEASURES.map((name) => ({ value: name, label: t(`metric.${name}`) }))}
        />
      }
    />
  );
}

function formatOf(measure: Measure, format: Format): (value: number | null) => string {
  if (MONEY.includes(measure)) return format.money;
  return measure === 'conversion_rate' ? format.share : format.count;
}

function trendOption(trend: Data['trend'], measure: Measure, name: string, format: Format) {
  const shown = MONEY.includes(measure) ? format.compactMoney : measure === 'conversion_rate' ? format.share : format.compact;
  const exact = formatOf(measure, format);
  return {
    grid: { left: 8, right: 12, top: 16, bottom: 4, containLabel: true },
    tooltip: { trigger: 'axis', valueFormatter: (value: number | null) => exact(value ?? null) },
    xAxis: {
      type: 'category', boundaryGap: false, data: trend.map((day) => day.day),
      axisLabel: { formatter: (day: string) => format.day(day), color: colors.muted, hideOverlap: true },
      axisLine: { lineStyle: { color: colors.line } }, axisTick: { show: false },
    },
    yAxis: {
      type: 'value', axisLabel: { formatter: (value: number) => shown(value), color: colors.muted },
      splitLine: { lineStyle: { color: colors.line } }, splitNumber: 4,
    },
    series: [{
      name, type: 'line', data: trend.map((day) => day[measure]), symbol: 'circle',
      showSymbol: trend.length <= 45, symbolSize: 4, lineStyle: { width: 2 }, areaStyle: { color: series[0], opacity: 0.07 },
    }],
  };
}

function Groups(props: { title: string; kind: 'tier' | 'stage'; filter: string; groups: Data['tiers'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const total = props.groups.reduce((sum, group) => sum + group.customers, 0);
  return (
    <Section title={props.title}>
      {total === 0 ? (
        <NextStep text={t('overview.no_profiles')} command="zhiyin run" />
      ) : (
        <Bars
          label={props.title}
          bars={props.groups.toSorted((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name)).map((group) => ({
            key: group.name,
            name: t(`${props.kind}.${group.name}`, { defaultValue: group.name }),
            value: group.customers,
            text: <>{format.count(group.customers)} <span className="muted">{format.share(group.customers / total)}</span></>,
            to: `/customers?${props.filter}=${group.name}`,
          }))}
        />
      )}
    </Section>
  );
}

function Channels({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const number = (value: number | null) => format.count(value);
  return (
    <Section title={t('overview.channels')} flush>
      <Table
        size="small" rowKey="channel" dataSource={data.channels} scroll={{ x: 620 }}
        pagination={data.channels.length > 8 ? { pageSize: 8, size: 'small' } : false}
        columns={[
          { title: t('field.channel'), dataIndex: 'channel', render: (name: string) => t(`channel.${name}`, { defaultValue: name }) },
          { title: t('metric.sessions'), dataIndex: 'sessions', align: 'right', render: number },
          { title: t('metric.orders'), dataIndex: 'orders', align: 'right', render: number },
          { title: t('metric.new_buyers'), dataIndex: 'new_buyers', align: 'right', render: number },
          { title: t('metric.revenue'), dataIndex: 'revenue', align: 'right', render: (value: number | null) => format.money(value, 0) },
          { title: t('metric.cost'), dataIndex: 'cost', align: 'right', render: (value: number | null) => (value ? format.money(value, 0) : NONE) },
          {
            title: t('metric.cac'), dataIndex: 'cac', align: 'right',
            render: (value: number | null, row) => (row.cost ? format.money(value) : NONE),
          },
          { title: t('metric.roi'), dataIndex: 'roi', align: 'right', render: (value: number | null) => format.decimal(value) },
        ]}
      />
    </Section>
  );
}

function Freshness({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { freshness, latest_review: week } = data;
  return (
    <Section title={t('overview.state')}>
      <dl className="facts">
        <dt>{t('freshness.as_of')}</dt><dd>{format.time(freshness.as_of)}</dd>
        <dt>{t('freshness.customers')}</dt><dd>{format.count(data.customers.total)}</dd>
        <dt>{t('freshness.reachable')}</dt><dd>{format.count(data.customers.reachable)}</dd>
        <dt>{t('freshness.built')}</dt><dd>{format.time(freshness.built_at)}</dd>
        <dt>{t('freshness.waiting')}</dt><dd>{format.count(freshness.events_waiting)}</dd>
        <dt>{t('overview.review')}</dt>
        <dd>
          {week ? <Link to={`/reviews/${week}`}>{t('review.of_week', { week: format.date(week) })}</Link>
            : <code>zhiyin review weekly</code>}
        </dd>
      </dl>
    </Section>
  );
}

function Campaigns({ campaigns }: { campaigns: Data['campaigns'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('page.campaigns')} flush extra={<Link to="/campaigns">{t('action.all')}</Link>}>
      {campaigns.length === 0 ? (
        <NextStep text={t('campaigns.empty')} command="zhiyin campaign plan NAME" />
      ) : (
        <Table
          size="small" rowKey="campaign_id" pagination={false} dataSource={campaigns} scroll={{ x: 620 }}
          columns={[
            { title: t('field.campaign'), dataIndex: 'name', render: (name, row) => <Link to={`/campaigns/${row.campaign_id}`}>{name}</Link> },
            { title: t('field.state'), dataIndex: 'state', render: (state) => <Mark kind="state" value={state} /> },
            { title: t('field.launched_at'), dataIndex: 'launched_at', render: (at) => format.time(at) },
            { title: t('field.verdict'), key: 'verdict', render: (_, row) => <Mark kind="answer" value={row.verdict.answer} /> },
            { title: t('metric.increment'), dataIndex: 'revenue_increment', align: 'right', render: (value) => format.signed(value, 0) },
            { title: t('metric.cost'), dataIndex: 'cost', align: 'right', render: (value) => format.money(value) },
          ]}
        />
      )}
    </Section>
  );
}
