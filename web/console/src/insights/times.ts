import { useTranslation } from 'react-i18next';

import { NONE, useFormat } from '../format';

const SCALES = [
  { unit: 'day', size: 86_400 },
  { unit: 'hour', size: 3_600 },
  { unit: 'minute', size: 60 },
  { unit: 'second', size: 1 },
] as const;

/** Says seconds in the largest unit that they fill. */
export function useDuration() {
  const { t } = useTranslation();
  const format = useFormat();
  return (seconds: number | null | undefined): string => {
    if (seconds === null || seconds === undefined) return NONE;
    const { unit, size } = SCALES.find((scale) => seconds >= scale.size) ?? SCALES[3];
    const value = seconds / size;
    return t(`insights.span.${unit}`, { value: format.decimal(value, value < 10 ? 1 : 0) });
  };
}

/** Steps of whole units, of which about four reach up to so many seconds. */
export function stepUpTo(seconds: number): number {
  const { size } = SCALES.find((scale) => seconds >= 2 * scale.size) ?? SCALES[3];
  return Math.max(1, Math.ceil(seconds / size / 4)) * size;
}

type Ends = { low: number | null; high: number | null };

/** Says from when to when, for a table; and where it begins, for the bottom of a chart. */
export function useSpan() {
  const { t } = useTranslation();
  const duration = useDuration();
  const below = (high: number | null) => t('insights.below', { value: duration(high) });
  return {
    full: ({ low, high }: Ends) => (!low ? below(high) : high === null ? `≥ ${duration(low)}` : `${duration(low)} – ${duration(high)}`),
    short: ({ low, high }: Ends) => (!low ? below(high) : t('insights.from_on', { value: duration(low) })),
  };
}

/** Says the start of a period: an hour, a day, the first day of a week, or a month. */
export function usePeriod(interval: string) {
  const { i18n } = useTranslation();
  const format = useFormat();
  const month = new Intl.DateTimeFormat(i18n.language, { year: 'numeric', month: 'short', timeZone: 'UTC' });
  return {
    full: (start: string) =>
      interval === 'hour' ? `${format.date(start.slice(0, 10))} ${start.slice(11, 16)}`
      : interval === 'month' ? month.format(new Date(start)) : format.date(start),
    short: (start: string) =>
      interval === 'hour' ? `${format.day(start.slice(0, 10))} ${start.slice(11, 16)}`
      : interval === 'month' ? month.format(new Date(start)) : format.day(start),
  };
}
