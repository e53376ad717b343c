import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { ChartCard } from '../components/ChartCard';
import { NextStep } from '../components/NextStep';
import { Section } from '../components/Section';
import { useFormat, type Format } from '../format';
import { colors, series } from '../theme';
import { DIMENSIONS, floored, Score, Since } from './scores';

type Data = Schemas['QualityOut'];

/** The figures of the day. */
export function Figures({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const figures: [string, React.ReactNode, React.ReactNode?][] = [
    ['score', <Score key="score" value={data.score} />, <Since key="since" now={data.score} before={data.previous} />],
    ['failed_checks', format.count(data.failed_checks), t('quality.of_checks', { count: data.checks })],
    ['held_back', format.count(data.held_back), t('quality.of_tables', { count: data.tables.length })],
    ['anomalies', format.count(data.anomalies.length), t('quality.days_shown')],
    ['repaired', format.compact(data.repaired), t('quality.values')],
    ['rejected', format.compact(data.rejected), t('quality.rows')],
  ];
  return (
    <div className="kpis">
      {figures.map(([name, value, below]) => (
        <div className="kpi" key={name}>
          <div className="kpi-name" title={t(`quality.kpi_hint.${name}`)}>{t(`quality.kpi.${name}`)}</div>
          <div className="kpi-value">{value}</div>
          <div className="kpi-delta muted">{below}</div>
        </div>
      ))}
    </div>
  );
}

/** The score of all tables day by day. */
export function Trend({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const option = useMemo(() => lineOption(data.trend.map((day) => day.day), [[t('quality.score'), data.trend.map((day) => day.score)]], format), [data.trend, t]);
  if (data.trend.length < 2) return <Section title={t('quality.trend')}><NextStep text={t('quality.one_look')} /></Section>;
  return (
    <ChartCard
      title={t('quality.trend')} label={t('quality.trend_label', { count: data.trend.length })} option={option} height={236} file="quality-trend"
      columns={[t('field.day'), t('quality.score'), t('quality.kpi.failed_checks')]}
      rows={data.trend.map((day) => [day.day, day.score, day.failed_checks])}
      shown={(cell, column) => (column === 0 ? format.date(cell as string) : column === 1 ? format.decimal(floored(cell as number), 1) : format.count(cell as number))}
    />
  );
}

/** Lines of scores; the axis begins below the lowest, because all of them are near 100. */
export function lineOption(days: string[], lines: [string, (number | null)[]][], format: Format) {
  const known = lines.flatMap(([, values]) => values).filter((value): value is number => value !== null);
  const reach = 100 - Math.min(100, ...known);
  const step = reach > 25 ? 20 : reach > 4.5 ? 5 : 1;
  const low = Math.max(0, Math.floor((100 - reach - step / 5) / step) * step);
  return {
    grid: { left: 8, right: 16, top: lines.length > 1 ? 36 : 16, bottom: 4, containLabel: true },
    legend: lines.length > 1 ? { top: 0, left: 0, type: 'plain', icon: 'roundRect', itemWidth: 14, itemHeight: 4, itemGap: 14, textStyle: { color: colors.muted, padding: [0, 12, 0, 0] } } : undefined,
    tooltip: { trigger: 'axis', valueFormatter: (value: number | null) => (value === null ? '' : format.decimal(floored(value), 1)) },
    xAxis: {
      type: 'category', boundaryGap: days.length === 1, data: days,
      axisLabel: { formatter: (day: string) => format.day(day), color: colors.muted, hideOverlap: true },
      axisLine: { lineStyle: { color: colors.line } }, axisTick: { show: false },
    },
    yAxis: {
      type: 'value', min: low, max: 100, interval: step, axisLabel: { color: colors.muted },
      splitLine: { lineStyle: { color: colors.line } },
    },
    series: lines.map(([name, data], place) => ({
      name, type: 'line', data, symbol: 'circle', symbolSize: 5, showSymbol: days.length <= 45, connectNulls: true,
      lineStyle: { width: 2 }, areaStyle: lines.length === 1 ? { color: series[0], opacity: 0.07, origin: 'start' } : undefined, color: series[place % series.length],
    })),
  };
}

/** How the tables stand in each dimension. */
export function Dimensions({ data }: { data: Data }) {
  const { t } = useTranslation();
  return (
    <Section title={t('quality.dimensions')}>
      <ul className="bars dimension-bars" aria-label={t('quality.dimensions')}>
        {DIMENSIONS.map((name) => {
          const found = data.dimensions.find((one) => one.dimension === name);
          return (
            <li key={name}>
              <span className="bar-name" title={t(`quality.dimension_hint.${name}`)}>{t(`quality.dimension.${name}`)}</span>
              <span className="bar-track" aria-hidden>{found && <span className={found.score < 90 ? 'bar-fill poor' : 'bar-fill'} style={{ width: `${found.score}%` }} />}</span>
              <span className="bar-text">
                <Score value={found?.score} />
                <span className="muted">{found ? (found.failed_checks ? t('quality.failing', { count: found.failed_checks }) : t('quality.all_hold')) : t('quality.not_checked')}</span>
              </span>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
