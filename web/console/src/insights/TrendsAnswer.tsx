import { lazy, Suspense, useMemo } from 'react';
import { Skeleton, Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { NONE, useFormat, type Format } from '../format';
import { colors, series as palette } from '../theme';
import { AnswerCard, Shown, type Figure } from './AnswerCard';
import { useGroupName, type Catalog } from './names';
import type { Point } from './question';
import { usePeople } from './People';
import { usePeriod } from './times';
import type { Series, TrendsSpec } from './TrendsQuestion';

const Chart = lazy(() => import('../components/Chart'));

type Answer = Schemas['TrendsAnswer'];
type Line = Answer['series'][number] & {
  name: string;
  color: string;
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
    () => trendsOption(answer, lines, { isBar, short: period.short, full: period.full, before: t('insights.before'), note }),
    [answer, lines, isBar, period, note],
  );
  const drawn = drawnLines(lines);
  const lookAt = (line: Line, at?: string, isPrevious = false) =>
    people.look && line.point
      ? () => people.look?.(line.point!(at, isPrevious), [line.name, at && period.full(at)].filter(Boolean).join(' · '))
      : undefined;
  const rows = answer.starts.map((start, place): Figure[] => [
    { value: start, text: answer.whole[place] ? period.full(start) : `${period.full(start)} (${note})` },
    ...lines.map((line) => ({ value: line.values[place] ?? null, text: line.say(line.values[place]), look: lookAt(line, start) })),
  ]);
  return (
    <>
      <AnswerCard
        title={t('insights.over_time')} file="trends" rows={rows} columns={[t(`insights.interval.${answer.interval}`), ...lines.map((line) => line.name)]}
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
        {people.look && <p className="muted ask-hint">{t('insights.pick_point')}</p>}
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
          ...line, name, color: palette[place % palette.length], say: sayOf(series, metric?.unit, format),
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

function sayOf(series: Series | undefined, unit: string | undefined, format: Format): Line['say'] {
  if (unit === 'currency') return (value) => format.money(value, 0);
  if (unit === 'share') return (value) => format.share(value);
  if (unit === 'ratio' || !series || series.count === 'per_person') return (value) => format.decimal(value);
  if (['sum', 'average', 'median', 'percentile', 'minimum', 'maximum'].includes(series.count ?? '')) return (value) => format.money(value, series.count === 'sum' ? 0 : 2);
  return (value) => format.count(value);
}

/** The lines in the order in which they are drawn: each, and after all of them those of before. */
function drawnLines(lines: Line[]): { line: Line; isPrevious: boolean }[] {
  const before = lines.filter((line) => line.previous);
  return [...lines.map((line) => ({ line, isPrevious: false })), ...before.map((line) => ({ line, isPrevious: true }))];
}

type Drawing = { isBar: boolean; short: (start: string) => string; full: (start: string) => string; before: string; note: string };

function trendsOption(answer: Answer, lines: Line[], { isBar, short, full, before, note }: Drawing) {
  const drawn = drawnLines(lines);
  const open = answer.starts.filter((_, place) => !answer.whole[place]);
  // Periods that are not seen altogether look like falls; the ground under them says so.
  const marked = open.length > 0 && open.length < answer.starts.length && {
    silent: true, itemStyle: { color: '#eef1f6', opacity: 0.8 }, label: { color: colors.muted, fontSize: 11, position: 'insideTop' },
    data: open.map((start) => {
      const place = answer.starts.indexOf(start);
      const [from, to] = place === 0 ? [0, 1] : [place - 1, place];
      return isBar ? [{ name: note, xAxis: start }, { xAxis: start }] : [{ name: note, xAxis: answer.starts[from] }, { xAxis: answer.starts[to] }];
    }),
  };
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
    yAxis: {
      type: 'value', splitNumber: 4, splitLine: { lineStyle: { color: colors.line } },
      axisLabel: { color: colors.muted, formatter: (value: number) => lines[0]?.say(value) ?? String(value) },
    },
    series: drawn.map(({ line, isPrevious }, place) => ({
      name: isPrevious ? `${line.name} · ${before}` : line.name, type: isBar ? 'bar' : 'line', data: isPrevious ? line.previous : line.values,
      color: line.color, cursor: line.point ? 'pointer' : 'default', barMaxWidth: 26,
      itemStyle: isBar ? { opacity: isPrevious ? 0.4 : 1, borderRadius: [2, 2, 0, 0] } : {},
      symbol: 'circle', symbolSize: 6, showSymbol: answer.starts.length <= 62 && !isPrevious,
      lineStyle: { width: isPrevious ? 1.5 : 2, type: isPrevious ? 'dashed' : 'solid' },
      markArea: place === 0 && marked ? marked : undefined,
    })),
  };
}

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const plain = (text: string) => text.replace(/[&<>"]/g, (sign) => ESCAPED[sign]);

/** A tooltip: names may be anything that was ever sent, so they are written as text. */
function told(entries: { marker: string; name: string; text: string }[], title: string): string {
  const lines = entries.map(({ marker, name, text }) => `<div class="tip-line">${marker}<span>${plain(name)}</span><b>${plain(text)}</b></div>`);
  return `<div class="tip"><div>${plain(title)}</div>${lines.join('')}</div>`;
}
