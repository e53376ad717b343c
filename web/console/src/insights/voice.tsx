import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useFormat } from '../format';

export const SIDES = ['positive', 'neutral', 'negative'] as const;
// Told apart by lightness too; grey says nothing of good or bad.
export const tones: Record<(typeof SIDES)[number], string> = { positive: '#0f9b8e', neutral: '#c5ccd8', negative: '#b8446b' };

/** A share to a tenth of a point: more would be noise. */
export const tenths = (share: number) => Math.round(1000 * share) / 1000;

type Tally = { texts: number; positive: number; neutral: number; negative: number };

export function useSide() {
  const { t } = useTranslation();
  return (side: string) => t(`value.${side}`);
}

/** The name of an aspect, a reason or a moment in the reader's language. */
export function useTitle({ titles }: Pick<Schemas['VoiceAnswer'], 'titles'>) {
  const { i18n } = useTranslation();
  return (name: string) => titles[name]?.[i18n.language] ?? name;
}

/** How texts divide into good, neither and bad, as a bar. */
export function Split({ tally }: { tally: Tally }) {
  const format = useFormat();
  const side = useSide();
  const label = SIDES.map((one) => `${side(one)} ${format.count(tally[one])}`).join(', ');
  return (
    <span className="voice-split" role="img" aria-label={label} title={label}>
      {SIDES.map((one) => tally[one] > 0 && <i key={one} style={{ flexGrow: tally[one], background: tones[one] }} />)}
    </span>
  );
}

/** Texts as they were written, with how they were judged. */
export function Quotes({ quotes }: { quotes: Schemas['Quote'][] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const side = useSide();
  const readable = quotes.filter((one) => one.text);
  if (readable.length === 0) return <p className="muted voice-quotes">{t(quotes.length ? 'voice.not_yours' : 'voice.no_quotes')}</p>;
  return (
    <ul className="voice-quotes">
      {readable.map((one) => (
        <li key={one.feedback_id}>
          <i style={{ background: tones[one.sentiment as 'neutral'] }} title={side(one.sentiment)} aria-label={side(one.sentiment)} role="img" />
          <q>{one.text}</q>
          <small className="muted">{[t(`voice.kinds.${one.kind}`), one.feedback_time && format.date(one.feedback_time)].filter(Boolean).join(' · ')}</small>
        </li>
      ))}
    </ul>
  );
}
