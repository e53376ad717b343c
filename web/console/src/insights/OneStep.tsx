import { useTranslation } from 'react-i18next';

import { Section } from '../components/Section';
import { BreakdownChoice, DaysChoice, daysAsked, IntervalChoice } from './Controls';
import type { Catalog } from './names';
import { asked, type Days, type Step } from './question';
import { StepRow } from './StepEditor';

/** A question about one thing that people did, period by period. */
export type OneStepSpec = { step: Step; days?: Days; interval?: string; breakdown?: string };

/** The question as the server takes it. */
export function oneStepAsked(spec: OneStepSpec | undefined): OneStepSpec | undefined {
  return spec?.step && { ...spec, step: asked(spec.step), days: daysAsked(spec.days) };
}

export function OneStepQuestion(props: {
  spec: OneStepSpec;
  catalog: Catalog;
  change: (changes: Partial<OneStepSpec>) => void;
  intervals: string[];
  isDivided?: boolean;
}) {
  const { t } = useTranslation();
  const { spec, catalog, change } = props;
  return (
    <Section className="ask">
      <StepRow catalog={catalog} parts={[{ name: t('insights.per_person'), label: t('insights.event'), step: spec.step, hasAny: true, change: (step) => change({ step }) }]} />
      <div className="ask-parts">
        <DaysChoice days={spec.days ?? { last: 30 }} change={(days) => change({ days })} />
        <IntervalChoice value={spec.interval} intervals={props.intervals} change={(interval) => change({ interval })} />
        {props.isDivided && <BreakdownChoice value={spec.breakdown} change={(breakdown) => change({ breakdown })} catalog={catalog} />}
      </div>
    </Section>
  );
}
