import { lazy, Suspense, useMemo } from 'react';
import { Skeleton, Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { NONE, useFormat, type Format } from '../format';
import { colors, series } from '../theme';
import { AnswerCard, Shown, type Figure } from './AnswerCard';
import { useGroupName, type Catalog } from './names';
import type { Point } from './question';
import { usePeople } from './People';
import { usePeriod } from './times';
import type { Series, TrendsSpec } from './TrendsQuestion';

const Chart = lazy(() => import('../components/Chart'));

const AMOUNTS = ['sum', 'average', 'median', 'percentile', 'minimum', 'maximum'];
// A breakdown names up to ten groups and the others.
const PALETTE = [...series, '#8c5a2b', '#4d7c0f', '#0369a1', '#a3269c'];

type Answer = Schemas['TrendsAnswer'];
type Line = Answer['series'][number] & {
  name: string;
  color: string;
  /** Lines of another scale than the first's are read on the right. */
  scale: string;
  say: (value: number | null | undefined) => string;
  /** Who stands behind a period, or behind all of them; null for what nobody stands behind. */
  point: ((at?: string, isPrevious?: boolean) => Point) | null;
};

export function TrendsAnswer({ answer, spec, catalog }: { answer: Answer; spec: TrendsSpec; catalog: Catalog }) {
  const { t } = useTranslation();
  const { get } = useFilters();
  const period = usePeriod(answer.interval);
  const people = usePeople('trends', spec);
  const lines = useLines(answer, spec, catalog);
  const isBar = get('chart') === 'bar';
  const note = t('insights.incomplete');
  const option = useMemo(
    () => trendsOption(answer, lines, { isBar, short: period.short, full: period.full, before: t('insights.before') }),
    [answer, lines, isBar, t],
  );
  const drawn = drawnLines(lines);
  const named = ({ line, isPrevious }: Drawn) => (isPrevious ? `${line.name} · ${t('insights.before')}` : line.name);
  const lookAt = (line: Line, at?: string, isPrevious = false) =>
    people.look && line.point
      ? () => people.look?.(line.point!(at, isPrevious), [line.name, at && period.full(at)].filter(Boolean).join(' · '))
      : undefined;
  const before = answer.previous_starts;
  const rows = answer.starts.map((start, place): Figure[] => [
    { value: start, text: answer.whole[place] ? period.full(start) : `${period.full(start)} (${note})` },
    ...drawn.map(({ line, isPrevious }) => {
      const value = (isPrevious ? line.previous : line.values)?.[place];
      const at = isPrevious ? before?.[place] : start;
      return { value: value ?? null, text: line.say(value), look: at ? lookAt(line, at, isPrevious) : undefined };
    }),
  ]);
  return (
    <>
      <AnswerCard
        title={t('insights.over_time')} file="trends" rows={rows} columns={[t(`insights.interval.${answer.interval}`), ...drawn.map(named)]}
      >
        <Suspense fallback={<Skeleton.Node active style={{ width: '100%', height: 340 }} />}>
          <Chart
            option={option} height={340} label={t('insights.trends_label', { names: lines.map((line) => line.name).join(', '), count: answer.starts.length })}
            onPick={(place, series) => {
              const { line, isPrevious } = drawn[series];
              const start = isPrevious ? answer.previous_starts?.[place] : answer.starts[place];
              if (start) lookAt(line, start, isPrevious)?.();
            }}
          />
        </Suspense>
        {people.look && <p className="muted ask-hint">{t('insights.pick_point')} {answer.whole.includes(false) && t('insights.partial_points')}</p>}
      </AnswerCard>
      <Totals lines={lines} hasPrevious={answer.previous_starts !== null} lookAt={lookAt} />
      {people.drawer}
    </>
  );
}

function Totals(props: { lines: Line[]; hasPrevious: boolean; lookAt: (line: Line) => (() => void) | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const changed = (line: Line) => {
    const { total, previous_total: before } = line;
    return typeof total === 'number' && before ? format.change((total - before) / Math.abs(before)) : NONE;
  };
  const known = (line: Line) => line.values.filter((value) => value !== null && value !== undefined);
  const mean = (line: Line) => {
    const values = known(line);
    return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
  };
  return (
    <Section title={t('insights.in_all')} flush>
      <Table
        size="small" rowKey={(line) => `${line.key} ${line.name}`} dataSource={props.lines} pagination={false} scroll={{ x: 'max-content' }}
        columns={[
          { title: t('insights.series'), key: 'name', render: (_, line) => <span className="ask-line"><i style={{ background: line.color }} aria-hidden />{line.name}</span> },
          { title: t('insights.total'), key: 'total', align: 'right', render: (_, line) => <Shown figure={{ value: line.total, text: line.say(line.total), look: props.lookAt(line) }} /> },
          { title: t('insights.mean_period'), key: 'mean', align: 'right', render: (_, line) => line.say(mean(line)) },
          { title: t('insights.highest'), key: 'most', align: 'right', render: (_, line) => (known(line).length ? line.say(Math.max(...known(line))) : NONE) },
          ...(props.hasPrevious
            ? [
                { title: t('insights.before'), key: 'before', align: 'right' as const, render: (_: unknown, line: Line) => line.say(line.previous_total) },
                { title: t('insights.changed'), key: 'changed', align: 'right' as const, render: (_: unknown, line: Line) => changed(line) },
              ]
            : []),
        ]}
      />
    </Section>
  );
}

/** The answer's lines with their names, colors and formats. */
function useLines(answer: Answer, spec: TrendsSpec, catalog: Catalog): Line[] {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const group = useGroupName(spec.breakdown);
  const { data: metrics } = useGet('/api/metrics', {}, { enabled: spec.series.some((one) => one.metric) });
  return useMemo(
    () =>
      answer.series.map((line, place) => {
        const series = spec.series[line.key.length === 1 ? line.key.charCodeAt(0) - 65 : -1];
        const metric = metrics?.find((one) => one.name === series?.metric);
        const what = !series ? line.key : series.metric ? (metric?.title[i18n.language] ?? series.metric) : eventName(series, spec, catalog, t);
        const name = [what, group(line)].filter(Boolean).join(' · ');
        const hasPoint = series !== undefined && !series.metric;
        return {
          ...line, name, color: PALETTE[place % PALETTE.length], scale: scaleOf(series, metric?.unit), say: sayOf(series, metric?.unit, format),
          point: hasPoint
            ? (at, isPrevious) => ({
                series: line.key, ...(at ? { at } : {}), ...(isPrevious ? { is_previous: true } : {}),
                ...(spec.breakdown ? { group: line.group, is_other: line.is_other } : {}),
              })
            : null,
        };
      }),
    [answer, spec, metrics, i18n.language, catalog.isLoaded],
  );
}

function eventName(series: Series, spec: TrendsSpec, catalog: Catalog, t: (key: string) => string): string {
  const event = series.event ? catalog.event(series.event) : t('insights.any_event');
  const alike = spec.series.filter((one) => one.event === series.event && !one.metric);
  const isSame = spec.series.every((one) => one.count === series.count);
  const where = series.where?.length && alike.length > 1 ? ` (${series.where.map(({ property, ...terms }) => `${catalog.property(property)} ${Object.values(terms).join(' ')}`).join(', ')})` : '';
  return isSame && spec.series.length > 1 ? event + where : `${event}${where} (${t(`insights.count.${series.count ?? 'events'}`)})`;
}

function scaleOf(series: Series | undefined, unit: string | undefined): string {
  if (!series) return 'formula';
  if (series.metric) return unit === 'currency' ? 'money' : unit === 'share' || unit === 'ratio' ? unit : 'number';
  return series.count === 'per_person' ? 'ratio' : AMOUNTS.includes(series.count ?? '') ? 'money' : 'number';
}

function sayOf(series: Series | undefined, unit: string | undefined, format: Format): Line['say'] {
  if (unit === 'currency') return (value) => format.money(value, 0);
  if (unit === 'share') return (value) => format.share(value);
  if (unit === 'ratio' || !series || series.count === 'per_person') return (value) => format.decimal(value);
  if (AMOUNTS.includes(series.count ?? '')) return (value) => format.money(value, series.count === 'sum' ? 0 : 2);
  return (value) => format.count(value);
}

/** The lines in the order in which they are drawn: each, and after all of them those of before. */
function drawnLines(lines: Line[]): Drawn[] {
  const before = lines.filter((line) => line.previous);
  return [...lines.map((line) => ({ line, isPrevious: false })), ...before.map((line) => ({ line, isPrevious: true }))];
}

type Drawn = { line: Line; isPrevious: boolean };
type Drawing = { isBar: boolean; short: (start: string) => string; full: (start: string) => string; before: string };

function trendsOption(answer: Answer, lines: Line[], { isBar, short, full, before }: Drawing) {
  const drawn = drawnLines(lines);
  return {
    grid: { left: 8, right: 16, top: 40, bottom: 4, containLabel: true },
    legend: { type: 'scroll', top: 0, left: 0, itemWidth: 14, itemHeight: 8, itemGap: 20, textStyle: { color: colors.ink } },
    tooltip: {
      trigger: 'axis', confine: true,
      formatter: (points: { seriesIndex: number; dataIndex: number; marker: string }[]) =>
        told(points.map(({ seriesIndex, dataIndex, marker }) => {
          const { line, isPrevious } = drawn[seriesIndex];
          const value = (isPrevious ? line.previous : line.values)?.[dataIndex];
          return { marker, name: isPrevious ? `${line.name} · ${before}` : line.name, text: line.say(value) };
        }), full(answer.starts[points[0]?.dataIndex ?? 0])),
    },
    xAxis: {
      type: 'category', boundaryGap: isBar, data: answer.starts,
      axisLabel: { formatter: short, color: colors.muted, hideOverlap: true }, axisLine: { lineStyle: { color: colors.line } }, axisTick: { show: false },
    },
    yAxis: [lines[0], lines.find((line) => line.scale !== lines[0]?.scale)].filter((line) => line !== undefined).map((line, place) => ({
      type: 'value', splitNumber: 4, minInterval: isOfWhole(line) ? 1 : undefined, splitLine: { show: place === 0, lineStyle: { color: colors.line } },
      axisLabel: { color: colors.muted, formatter: (value: number) => line.say(value) },
    })),
    series: drawn.map(({ line, isPrevious }) => ({
      name: isPrevious ? `${line.name} · ${before}` : line.name, type: isBar ? 'bar' : 'line', yAxisIndex: line.scale === lines[0].scale ? 0 : 1,
      data: ((isPrevious ? line.previous : line.values) ?? []).map((value, at) => (answer.whole[at] || isPrevious ? value : { value, itemStyle: partial(line.color, isBar) })),
      color: line.color, cursor: line.point ? 'pointer' : 'default', barMaxWidth: 26,
      itemStyle: isBar ? { opacity: isPrevious ? 0.4 : 1, borderRadius: [2, 2, 0, 0] } : {},
      symbol: 'circle', symbolSize: 6, showSymbol: answer.starts.length <= 62 && !isPrevious,
      lineStyle: { width: isPrevious ? 1.5 : 2, type: isPrevious ? 'dashed' : 'solid' },
    })),
  };
}

/** Whether a line knows whole numbers only, so that its axis needs no steps between them. */
const isOfWhole = ({ values }: Line): boolean => values.every((value) => value === null || Number.isInteger(value));

/** A period that is not seen altogether looks like a fall, so it is drawn hollow. */
function partial(color: string, isBar: boolean) {
  return isBar ? { color, opacity: 0.35, borderColor: color, borderType: 'dashed', borderWidth: 1 } : { color: '#fff', borderColor: color, borderWidth: 2 };
}

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const plain = (text: string) => text.replace(/[&<>"]/g, (sign) => ESCAPED[sign]);

/** A tooltip: names may be anything that was ever sent, so they are written as text. */
function told(entries: { marker: string; name: string; text: string }[], title: string): string {
  const lines = entries.map(({ marker, name, text }) => `<div class="tip-line">${marker}<span>${plain(name)}</span><b>${plain(text)}</b></div>`);
  return `<div class="tip"><div>${plain(title)}</div>${lines.join('')}</div>`;
}
