import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

type Tone = 'plain' | 'blue' | 'green' | 'orange' | 'red' | 'purple' | 'gold' | 'teal';
type Tones = Record<string, Tone>;

const TIERS: Tones = { high: 'gold', middle: 'blue', potential: 'teal', at_risk: 'red' };
const STAGES: Tones = { new: 'teal', active: 'green', dormant: 'orange', churned: 'red' };
const STATES: Tones = {
  launched: 'blue', finished: 'green', running: 'blue', done: 'green', failed: 'red', interrupted: 'orange',
  sent: 'green', sending: 'blue', refused: 'red', uncertain: 'orange',
  treatment: 'blue', holdout: 'purple', built: 'green',
};
const ANSWERS: Tones = { works: 'green', harmful: 'red', doubtful: 'orange' };

type Kind = 'tier' | 'stage' | 'state' | 'answer';
const tonesOf: Record<Kind, Tones> = { tier: TIERS, stage: STAGES, state: STATES, answer: ANSWERS };

/** A short word about something, in its color; nothing for an unknown value. */
export function Mark(props: { kind: Kind; value: string | null | undefined }) {
  const { t } = useTranslation();
  if (!props.value) return null;
  return (
    <Chip tone={tonesOf[props.kind][props.value]}>
      {t(`${props.kind}.${props.value}`, { defaultValue: props.value })}
    </Chip>
  );
}

/** A word in a box. The tones are legible on their grounds, which those of antd's tags are not. */
export function Chip(props: { tone?: Tone; children: ReactNode }) {
  return <span className={`chip ${props.tone ?? 'plain'}`}>{props.children}</span>;
}
