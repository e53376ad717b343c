import { useTranslation } from 'react-i18next';

import { useSession } from './session';

export const NONE = '–';

type Maybe<T> = T | null | undefined;

/** Formats in the reader's language, the workspace's currency and its time zone. */
export function useFormat() {
  const { i18n } = useTranslation();
  const { session } = useSession();
  const locale = i18n.language;
  // ISO order in English: 03/04 would be read as two different days on two shores.
  const dates = locale === 'en' ? 'sv-SE' : locale;
  const zone = session.timezone;
  const known = <T,>(value: Maybe<T>, format: (value: T) => string) =>
    value === null || value === undefined ? NONE : format(value);
  const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options);
  const currency = { style: 'currency', currency: session.currency, currencyDisplay: 'narrowSymbol' } as const;

  return {
    count: (value: Maybe<number>) => known(value, (v) => number({ maximumFractionDigits: 0 }).format(v)),
    decimal: (value: Maybe<number>, digits = 2) =>
      known(value, (v) => number({ maximumFractionDigits: digits }).format(v)),
    hundredths: (value: Maybe<number>) => known(value, (v) => number({ minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(v)),
    tenths: (value: Maybe<number>) => known(value, (v) => number({ minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(v)),
    money: (value: Maybe<number>, digits = 2) =>
      known(value, (v) => number({ ...currency, maximumFractionDigits: digits, minimumFractionDigits: digits }).format(v)),
    compactMoney: (value: Maybe<number>) =>
      known(value, (v) =>
        Math.abs(v) < 10_000
          ? number({ ...currency, maximumFractionDigits: Math.abs(v) < 100 && !Number.isInteger(v) ? 2 : 0 }).format(v)
          : number({ ...currency, notation: 'compact', maximumFractionDigits: 2 }).format(v),
      ),
    compact: (value: Maybe<number>) =>
      known(value, (v) => number({ notation: Math.abs(v) < 10_000 ? 'standard' : 'compact', maximumFractionDigits: 1 }).format(v)),
    share: (value: Maybe<number>, digits = 1) =>
      known(value, (v) => number({ style: 'percent', maximumFractionDigits: digits, minimumFractionDigits: digits }).format(v)),
    change: (value: Maybe<number>) =>
      known(value, (v) => number({ style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' }).format(v)),
    points: (value: Maybe<number>) =>
      known(value, (v) => `${number({ maximumFractionDigits: 2, signDisplay: 'exceptZero' }).format(100 * v)} pp`),
    signed: (value: Maybe<number>, digits = 2) =>
      known(value, (v) => number({ ...currency, signDisplay: 'exceptZero', maximumFractionDigits: digits }).format(v)),
    date: (value: Maybe<string>) =>
      known(value, (v) =>
        new Intl.DateTimeFormat(dates, {
          year: 'numeric', month: '2-digit', day: '2-digit',
          // A bare date belongs to no zone; shifting it would show the day before.
          timeZone: v.length === 10 ? 'UTC' : zone,
        }).format(new Date(v)),
      ),
    time: (value: Maybe<string>) =>
      known(value, (v) =>
        new Intl.DateTimeFormat(dates, {
          year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
          hour12: false, timeZone: zone,
        }).format(new Date(v)),
      ),
    day: (value: string) =>
      new Intl.DateTimeFormat(locale, { month: 'numeric', day: 'numeric', timeZone: 'UTC' }).format(new Date(value)),
    seconds: (value: Maybe<number>) =>
      known(value, (v) => number({ style: 'unit', unit: 'second', unitDisplay: 'short', maximumFractionDigits: v < 10 ? 2 : 0 }).format(v)),
    bytes: (value: Maybe<number>) =>
      known(value, (v) =>
        v < 1000
          ? number({ style: 'unit', unit: 'byte' }).format(v)
          : v < 1_000_000
          ? number({ style: 'unit', unit: 'kilobyte', maximumFractionDigits: 0 }).format(v / 1e3)
          : number({ style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 }).format(v / 1e6),
      ),
  };
}

export type Format = ReturnType<typeof useFormat>;
