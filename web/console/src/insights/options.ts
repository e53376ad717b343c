import { colors } from '../theme';

type Say = (value: number) => string;

/** Where a drawing leaves room: above for its legend, if it has one. */
export const room = (hasLegend: boolean) => ({ left: 8, right: 16, top: hasLegend ? 40 : 20, bottom: 4, containLabel: true });

export const legend = (isShown: boolean) => ({ show: isShown, type: 'scroll', top: 0, left: 0, itemWidth: 14, itemHeight: 8, itemGap: 20 });

/** Names along the bottom; those that would overlap are left out. */
export const across = (data: string[], formatter?: (name: string, place: number) => string, interval?: number) => ({
  type: 'category', data, axisTick: { show: false }, axisLine: { lineStyle: { color: colors.line } },
  axisLabel: { color: colors.muted, hideOverlap: true, interval, ...(formatter ? { formatter } : {}) },
});

/** Values upward, of whole numbers unless they are shares or amounts. */
export const upward = (formatter: Say, more: object = {}) => ({
  type: 'value', splitNumber: 4, splitLine: { lineStyle: { color: colors.line } }, axisLabel: { color: colors.muted, formatter }, ...more,
});

type Bars = { name: string; data: (number | null)[] };

/** Bars side by side; `text` stands above each where there is one series. */
export function barsOption(props: { names: string[]; series: Bars[]; say: (value: number | null) => string; axis: Say; text?: (place: number) => string; isWhole?: boolean; short?: (name: string, place: number) => string }) {
  const isMany = props.series.length > 1;
  return {
    grid: room(isMany),
    legend: legend(isMany),
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true, valueFormatter: props.say },
    xAxis: across(props.names, props.short, 0),
    yAxis: upward(props.axis, props.isWhole ? { minInterval: 1 } : {}),
    series: props.series.map((one) => ({
      ...one, type: 'bar', cursor: 'pointer', barMaxWidth: 96, barCategoryGap: isMany ? '24%' : '14%', itemStyle: { borderRadius: [2, 2, 0, 0] },
      label: { show: !isMany && props.text !== undefined, position: 'top', color: colors.muted, fontSize: 11, formatter: ({ dataIndex }: { dataIndex: number }) => props.text?.(dataIndex) ?? '' },
    })),
  };
}

/** Lines over time. */
export function linesOption(props: { starts: string[]; series: Bars[]; short: (start: string) => string; full: (start: string) => string; say: (value: number | null) => string; axis: Say; isWhole?: boolean; step?: number }) {
  return {
    grid: room(props.series.length > 1),
    legend: legend(props.series.length > 1),
    tooltip: { trigger: 'axis', confine: true, valueFormatter: props.say, axisPointer: { label: { formatter: ({ value }: { value: string }) => props.full(value) } } },
    xAxis: across(props.starts, props.short),
    yAxis: upward(props.axis, { min: 0, ...(props.isWhole ? { minInterval: 1 } : {}), ...(props.step ? { interval: props.step } : {}) }),
    series: props.series.map((one) => ({ ...one, type: 'line', symbol: 'circle', symbolSize: 6, lineStyle: { width: 2 }, cursor: 'pointer' })),
  };
}
