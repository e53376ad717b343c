import { Alert, Select, Table } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { Bars } from '../components/Bars';
import { ChartCard } from '../components/ChartCard';
import { Loaded } from '../components/Loaded';
import { Markdown } from '../components/Markdown';
import { Chip } from '../components/Marks';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { editorAddress, type Tree } from '../conditions';
import { useFormat, type Format } from '../format';
import { colors, series } from '../theme';

type Data = Schemas['ModelOut'];
type Metric = { name: string; value: number; low: number | null; high: number | null; baseline: number | null; baseline_name: string | null; is_main: boolean };
type Bin = { people: number; predicted: number; observed: number };
type Feature = { feature: string; share: number };

export default function Model() {
  const { t, i18n } = useTranslation();
  const { name = '' } = useParams();
  const { get, set } = useFilters();
  const version = get('version');
  const query = useGet(
    '/api/models/{name}',
    { path: { name }, query: { version: version || undefined, language: i18n.language as 'zh-CN' | 'en' } },
    { keep: true },
  );
  const title = t(`model.${name}`, { defaultValue: name });
  return (
    <Page
      title={title}
      up={{ to: '/models', title: t('page.models') }}
      lead={t(`model_hint.${name}`, { defaultValue: '' })}
      actions={query.data && (
        <Select
          value={query.data.version} aria-label={t('field.version')} style={{ minWidth: 220 }}
          onChange={(chosen) => set({ version: chosen })}
          options={query.data.versions.map((known) => ({
            value: known.version, label: known.is_champion ? `${known.version} · ${t('models.champion')}` : known.version,
          }))}
        />
      )}
    >
      <Loaded query={query}>
        {(data) => (
          <>
            {data.status !== 'trained' && <Alert type="warning" showIcon title={t('models.untrained')} className="notice" />}
            <div className="columns even">
              <Calibration data={data} />
              <Distribution data={data} />
              <Metrics data={data} />
              <Features data={data} />
            </div>
            <Versions data={data} />
            <Section title={t('models.card')}><Markdown text={data.text} /></Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function axis(format: (value: number) => string, name?: string) {
  return {
    type: 'value', name, nameLocation: 'middle', nameGap: 30, axisLabel: { formatter: format, color: colors.muted },
    splitLine: { lineStyle: { color: colors.line } }, scale: true,
  };
}

function Calibration({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const bins = (data.card.calibration ?? []) as unknown as Bin[];
  const isMoney = data.model === 'clv';
  const shown = (value: number) => (isMoney ? format.compactMoney(value) : format.share(value, 0));
  const option = useMemo(() => {
    const ends = bins.flatMap((bin) => [bin.predicted, bin.observed]);
    const most = Math.max(...ends, 0);
    return {
      grid: { left: 8, right: 16, top: 16, bottom: 28, containLabel: true },
      tooltip: { trigger: 'axis' },
      xAxis: { ...axis(shown, t('models.predicted')), min: 0 },
      yAxis: { ...axis(shown), min: 0 },
      series: [
        { type: 'line', data: [[0, 0], [most, most]], symbol: 'none', lineStyle: { type: 'dashed', color: colors.muted, width: 1 }, silent: true, tooltip: { show: false } },
        { type: 'line', name: t('models.observed'), data: bins.map((bin) => [bin.predicted, bin.observed]), symbolSize: 8, color: series[0] },
      ],
    };
  }, [bins, t]);
  if (bins.length === 0) return null;
  return (
    <ChartCard
      title={t('models.calibration')} label={t('models.calibration_label')} option={option} file={`${data.model}-calibration`}
      columns={[t('models.predicted'), t('models.observed'), t('field.people')]}
      rows={bins.map((bin) => [bin.predicted, bin.observed, bin.people])}
      shown={(cell, column) => (column === 2 ? format.count(cell as number) : isMoney ? format.money(cell as number) : format.share(cell as number))}
    />
  );
}

function Distribution({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const option = useMemo(() => distributionOption(data, format, t('field.people')), [data, t]);
  const shown = data.model === 'clv' ? format.money : format.share;
  if (data.distribution.length === 0) return null;
  return (
    <ChartCard
      title={t('models.distribution')} label={t('models.distribution_label')} option={option} file={`${data.model}-scores`}
      onPick={(index) => navigate(editorAddress(between(data, index)))}
      columns={[t('field.from'), t('field.to'), t('field.people')]}
      rows={data.distribution.map((bin) => [bin.low, bin.high, bin.people])}
      shown={(cell, column) => (column === 2 ? format.count(cell as number) : shown(cell as number))}
    />
  );
}

// The last interval is open above: it holds the few who lie beyond the scale.
function between(data: Data, index: number): Tree {
  const { low, high } = data.distribution[index];
  const isLast = index === data.distribution.length - 1;
  return { score: data.model, at_least: rounded(low), ...(isLast ? {} : { below: rounded(high) }) };
}

const rounded = (value: number) => Number(value.toPrecision(6));

function distributionOption(data: Data, format: Format, name: string) {
  const shown = (value: number) => (data.model === 'clv' ? format.compactMoney(value) : format.share(value, 0));
  return {
    grid: { left: 8, right: 16, top: 16, bottom: 4, containLabel: true },
    tooltip: { trigger: 'axis', valueFormatter: (value: number) => format.count(value) },
    xAxis: {
      type: 'category', data: data.distribution.map((bin) => shown(bin.low)),
      axisLabel: { color: colors.muted, hideOverlap: true }, axisTick: { show: false }, axisLine: { lineStyle: { color: colors.line } },
    },
    yAxis: axis((value) => format.compact(value)),
    series: [{ type: 'bar', name, data: data.distribution.map((bin) => bin.people), barCategoryGap: '12%', itemStyle: { color: series[0] } }],
  };
}

function Metrics({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const metrics = (data.card.metrics ?? []) as unknown as Metric[];
  if (metrics.length === 0) return null;
  return (
    <Section title={t('models.metrics')} flush>
      <Table
        size="small" rowKey="name" pagination={false} dataSource={metrics} scroll={{ x: 420 }}
        columns={[
          { title: t('field.metric'), dataIndex: 'name', render: (name, row) => <>{t(`measure.${name}`, { defaultValue: name })} {row.is_main && <Chip tone="blue">{t('models.main')}</Chip>}</> },
          { title: t('field.value'), dataIndex: 'value', align: 'right', render: (value) => <b>{format.decimal(value, 3)}</b> },
          { title: t('models.interval'), key: 'interval', align: 'right', render: (_, row) => (row.low === null ? '' : <small className="muted">[{format.decimal(row.low, 3)}, {format.decimal(row.high, 3)}]</small>) },
          { title: t('field.baseline'), dataIndex: 'baseline', align: 'right', render: (value) => format.decimal(value, 3) },
        ]}
      />
    </Section>
  );
}

function Features({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const features = ((data.card.features ?? []) as unknown as Feature[]).slice(0, 10);
  if (features.length === 0) return null;
  return (
    <Section title={t('models.features')}>
      <Bars
        label={t('models.features')}
        bars={features.map((row) => ({
          key: row.feature, name: data.feature_titles[row.feature] ?? row.feature, value: row.share, text: format.share(row.share),
        }))}
      />
    </Section>
  );
}

function Versions({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('models.versions')} flush>
      <Table
        size="small" rowKey="version" dataSource={data.versions} scroll={{ x: 640 }}
        pagination={data.versions.length > 8 ? { pageSize: 8, size: 'small' } : false}
        columns={[
          { title: t('field.version'), dataIndex: 'version', render: (version, row) => <><code>{version}</code> {row.is_champion && <Chip tone="green">{t('models.champion')}</Chip>}</> },
          { title: t('field.trained_as_of'), dataIndex: 'trained_as_of', render: format.date },
          { title: t('field.trained_on'), dataIndex: 'rows', align: 'right', render: format.count },
          { title: t('field.metric'), dataIndex: 'metric', render: (name) => t(`measure.${name}`, { defaultValue: name ?? '' }) },
          { title: t('field.value'), dataIndex: 'value', align: 'right', render: (value) => format.decimal(value, 3) },
          { title: t('field.baseline'), dataIndex: 'baseline', align: 'right', render: (value) => format.decimal(value, 3) },
        ]}
      />
    </Section>
  );
}
