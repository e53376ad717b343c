import { useTranslation } from 'react-i18next';

import { Section } from '../components/Section';
import { Choice, DaysChoice, daysAsked, NumberPart, SpanChoice, type Span } from './Controls';
import { seenOf, type Catalog } from './names';
import { asked, type Days, type Step } from './question';
import { StepRow } from './StepEditor';

export type TouchesSpec = { goal: Step; touch?: Step; by?: string; window?: Span; touches?: number; days?: Days; most?: number };
const BY = ['channel', 'campaign_id', 'platform', 'event'];

/** What a first visit asks: by which channels buyers came in the month before they ordered. */
export function usualTouches(catalog: Catalog): TouchesSpec {
  const [event] = seenOf(catalog, ['Order Completed'], 1);
  return { goal: { event }, by: 'channel', days: { last: 30 }, window: { n: 30, unit: 'day' } };
}

/** The question as the server takes it. */
export function touchesAsked(spec: TouchesSpec | undefined): TouchesSpec | undefined {
  if (!spec?.goal?.event) return undefined;
  return { ...spec, goal: asked(spec.goal), touch: spec.touch && asked(spec.touch), days: daysAsked(spec.days) };
}

export function TouchesQuestion(props: { spec: TouchesSpec; catalog: Catalog; change: (changes: Partial<TouchesSpec>) => void }) {
  const { t } = useTranslation();
  const { spec, catalog, change } = props;
  return (
    <Section className="ask">
      <StepRow
        catalog={catalog}
        parts={[
          { name: t('insights.goal'), step: spec.goal, change: (goal) => change({ goal }) },
          { name: t('insights.touch'), step: spec.touch ?? {}, hasAny: true, change: (touch) => change({ touch: touch.event || touch.where ? touch : undefined }) },
        ]}
      />
      <div className="ask-parts">
        <Choice
          name={t('insights.touch_by')} value={spec.by ?? 'channel'} change={(by) => change({ by })}
          choices={BY.map((value) => ({ value, label: value === 'event' ? t('insights.event') : catalog.property(value) }))}
        />
        <DaysChoice days={spec.days ?? { last: 30 }} change={(days) => change({ days })} />
        <SpanChoice name={t('insights.touch_window')} value={spec.window ?? { n: 30, unit: 'day' }} units={['hour', 'day', 'week']} change={(window) => change({ window })} />
        <NumberPart name={t('insights.most_touches')} value={spec.touches ?? 7} least={1} most={7} change={(touches) => change({ touches })} />
      </div>
    </Section>
  );
}
