import { ArrowDownOutlined, ArrowUpOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';

import { NONE, useFormat } from '../format';

export const DIMENSIONS = ['completeness', 'uniqueness', 'validity', 'consistency', 'timeliness', 'accuracy'];
const GOOD = 98;
const FAIR = 90;

/** A score of 100 means that nothing broke: 99.96 is shown as 99.9, never as 100. */
export function floored(value: number): number {
  return Math.floor(value * 10 + 1e-9) / 10;
}

/** A score from 0 to 100; the sign of its color is also told by its weight. */
export function Score({ value }: { value: number | null | undefined }) {
  const format = useFormat();
  if (value === null || value === undefined) return <span className="muted">{NONE}</span>;
  const mood = value >= GOOD ? 'fine' : value >= FAIR ? 'fair' : 'poor';
  return <span className={`score-figure ${mood}`}>{format.tenths(floored(value))}</span>;
}

/** What a score gained or lost since the look before. */
export function Since({ now, before, isShort }: { now: number | null; before: number | null; isShort?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (now === null || before === null) return isShort ? <span className="muted">{NONE}</span> : <span className="muted">{t('quality.first_look')}</span>;
  const change = Math.round(10 * (now - before)) / 10;
  if (change === 0) return isShort ? <span className="muted">{NONE}</span> : <span className="muted">{t('quality.unchanged')}</span>;
  return (
    <span className={change > 0 ? 'good' : 'bad'}>
      {change > 0 ? <ArrowUpOutlined aria-label={t('kpi.up')} /> : <ArrowDownOutlined aria-label={t('kpi.down')} />}{' '}
      {format.tenths(Math.abs(change))}{!isShort && <span className="muted"> {t('quality.since')}</span>}
    </span>
  );
}

/** A pass rate that rounds to 100 % although rows fail is shown with as many digits as it takes. */
export function usePassRate() {
  const format = useFormat();
  return (rate: number, failed: number) => {
    const digits = failed > 0 && rate > 0.9995 ? (rate > 0.99995 ? 4 : 2) : 1;
    const scale = 10 ** (digits + 2);
    return format.share(failed > 0 ? Math.floor(rate * scale) / scale : rate, digits);
  };
}
