import { Select } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { ChartCard } from '../components/ChartCard';
import { Loaded } from '../components/Loaded';
import { useFilters } from '../components/query';
import { useFormat, type Format } from '../format';
import { colors, series } from '../theme';
import { useMeasured, useMeasureName } from './Anomalies';

type Point = Schemas['ProfilePoint'];
type Measure = Schemas['Measure'];

/** One measure of a table day by day, with what was usual where a day stands out. */
export function Profile({ table, measures }: { table: string; measures: Measure[] }) {
  const { t } = useTranslation();
  const name = useMeasureName();
  const { get, set } = useFilters();
  const keys = measures.map((one) => `${one.metric}:${one.column}`);
  const chosen = keys.includes(get('measure')) ? get('measure') : (keys[0] ?? '');
  const [metric = '', ...rest] = chosen.split(':');
  const column = rest.join(':');
  const query = useGet('/api/data/quality/tables/{table}/profile', { path: { table }, query: { metric, column } }, { enabled: chosen !== '', keep: true });
  const choice = (
    <Select
      size="small" value={chosen} aria-label={t('quality.measure')} style={{ minWidth: 200 }} popupMatchSelectWidth={false}
      onChange={(value) => set({ measure: value }, { replace: true })}
      options={measures.map((one) => ({
        value: `${one.metric}:${one.column}`,
        label: name(one.column, one.metric) + (one.anomalies ? ` (${t('quality.odd_days', { count: one.anomalies })})` : ''),
      }))}
    />
  );
  return <Loaded query={query}>{(found) => <Drawn found={found} choice={choice} />}</Loaded>;
}

function Drawn({ found, choice }: { found: Schemas['ProfileOut']; choice: React.ReactNode }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useMeasureName();
  const measured = useMeasured();
  const title = name(found.column, found.metric);
  const shown = (value: number | null) => measured(found.metric, value);
  const words: Words = { value: title, usual: t('quality.usual'), odd: t('quality.odd_day') };
  const option = useMemo(() => profileOption(found.points, words, shown, format), [found, t]);
  return (
    <ChartCard
      title={t('quality.measures')} option={option} height={260} file={`${found.table}-${found.metric}`} extra={choice}
      label={t('quality.profile_label', { measure: title, count: found.points.length, odd: found.points.filter((point) => point.is_anomaly).length })}
      columns={[t('field.day'), title, t('quality.expected'), t('quality.low'), t('quality.high')]}
      rows={found.points.map((point) => [point.day, point.value, point.expected, point.low, point.high])}
      shown={(cell, column) => (column === 0 ? format.date(cell as string) : shown(cell as number | null))}
    />
  );
}

type Words = { value: string; usual: string; odd: string };

function profileOption(points: Point[], words: Words, shown: (value: number | null) => string, format: Format) {
  // A band is a transparent line to its lower end and an area from there to the upper one.
  const band = { type: 'line', stack: 'band', symbol: 'none', lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } };
  return {
    grid: { left: 8, right: 16, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, data: [words.value, words.usual, words.odd], icon: 'roundRect', itemWidth: 14, itemHeight: 5, itemGap: 14, textStyle: { color: colors.muted, padding: [0, 12, 0, 0] } },
    tooltip: { trigger: 'axis', valueFormatter: (value: number | null) => shown(value ?? null) },
    xAxis: {
      type: 'category', boundaryGap: false, data: points.map((point) => point.day),
      axisLabel: { formatter: (day: string) => format.day(day), color: colors.muted, hideOverlap: true },
      axisLine: { lineStyle: { color: colors.line } }, axisTick: { show: false },
    },
    yAxis: { type: 'value', axisLabel: { formatter: (value: number) => shown(value), color: colors.muted }, splitLine: { lineStyle: { color: colors.line } }, splitNumber: 4 },
    series: [
      { ...band, name: '', data: points.map((point) => point.low) },
      { ...band, name: words.usual, color: '#c3cbd9', areaStyle: { color: '#c3cbd9', opacity: 0.5 }, data: points.map((point) => (point.low === null || point.high === null ? null : point.high - point.low)) },
      { name: words.value, type: 'line', data: points.map((point) => point.value), symbol: 'none', color: series[0], lineStyle: { width: 2 }, z: 2 },
      { name: words.odd, type: 'line', data: points.map((point) => (point.is_anomaly ? point.value : null)), symbol: 'circle', symbolSize: 9, showSymbol: true, color: colors.bad, lineStyle: { opacity: 0 }, tooltip: { show: false }, z: 3 },
    ],
  };
}
