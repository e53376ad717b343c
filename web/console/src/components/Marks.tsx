import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';

const TIERS: Record<string, string> = { high: 'gold', middle: 'blue', potential: 'cyan', at_risk: 'red' };
const STAGES: Record<string, string> = {
  prospect: 'default', new: 'cyan', active: 'green', dormant: 'orange', churned: 'red',
};
const STATES: Record<string, string> = {
  planned: 'default', launched: 'blue', finished: 'green', cancelled: 'default',
  running: 'blue', done: 'green', failed: 'red', interrupted: 'orange',
  sent: 'green', queued: 'default', sending: 'blue', refused: 'red', uncertain: 'orange',
  treatment: 'blue', holdout: 'purple', suppressed: 'default', built: 'green', unchanged: 'default',
};
const ANSWERS: Record<string, string> = {
  works: 'green', harms: 'red', open: 'default', invalid: 'orange', none: 'default',
};

type Kind = 'tier' | 'stage' | 'state' | 'answer';
const colourOf: Record<Kind, Record<string, string>> = {
  tier: TIERS, stage: STAGES, state: STATES, answer: ANSWERS,
};

/** A short word about something, in its colour; nothing for an unknown value. */
export function Mark(props: { kind: Kind; value: string | null | undefined }) {
  const { t } = useTranslation();
  if (!props.value) return null;
  return (
    <Tag color={colourOf[props.kind][props.value] ?? 'default'} variant="outlined">
      {t(`${props.kind}.${props.value}`, { defaultValue: props.value })}
    </Tag>
  );
}
