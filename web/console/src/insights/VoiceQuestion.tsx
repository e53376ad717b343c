import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Section } from '../components/Section';
import { Choice, DaysChoice, daysAsked, IntervalChoice } from './Controls';
import type { Days } from './question';

/** Days without a bound stand for all texts, those without a time among them. */
export type VoiceSpec = { days: Days; interval?: string; kind?: string; category?: string };
export const usualVoice: VoiceSpec = { days: { last: 90 } };

export const isAll = ({ last, since, until }: Days) => last === undefined && since === undefined && until === undefined;

/** The question as the server takes it. */
export function voiceAsked({ days, ...others }: VoiceSpec): object {
  return isAll(days ?? {}) ? others : { ...others, days: daysAsked(days) };
}

export function VoiceQuestion(props: { spec: VoiceSpec; choices?: Schemas['VoiceChoices']; change: (changes: Partial<VoiceSpec>) => void }) {
  const { t } = useTranslation();
  const { spec, choices, change } = props;
  const every = { value: '', label: t('voice.every') };
  const others = (known: string[], chosen: string | undefined) => (chosen && !known.includes(chosen) ? [...known, chosen] : known);
  const kinds = others((choices?.kind ?? []).map((one) => one.kind), spec.kind);
  const categories = others((choices?.category ?? []).map((one) => one.category), spec.category);
  return (
    <Section className="ask">
      <div className="ask-parts first">
        <DaysChoice days={spec.days} change={(days) => change({ days })} hasAll />
        <IntervalChoice value={spec.interval} change={(interval) => change({ interval })} intervals={['day', 'week', 'month']} none={t('voice.suiting')} isOptional />
        <Choice
          name={t('voice.kind')} value={spec.kind} change={(kind) => change({ kind })}
          choices={[every, ...kinds.map((value) => ({ value, label: t(`voice.kinds.${value}`) }))]}
        />
        {categories.length > 0 && (
          <Choice
            name={t('field.category')} value={spec.category} change={(category) => change({ category })}
            choices={[every, ...categories.map((value) => ({ value, label: value }))]}
          />
        )}
      </div>
    </Section>
  );
}
