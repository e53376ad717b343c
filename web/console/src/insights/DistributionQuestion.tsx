import { useTranslation } from 'react-i18next';

import { Section } from '../components/Section';
import { BreakdownChoice, Choice, DaysChoice, daysAsked } from './Controls';
import { seenOf, type Catalog } from './names';
import { asked, type Days, type Step } from './question';
import { StepRow } from './StepEditor';

export type DistributionSpec = { step: Step; measure?: string; days?: Days; breakdown?: string; edges?: number[] };
const MEASURES = ['times', 'days', 'sum', 'average'];

/** What a first visit asks: how many orders each buyer placed in a year. */
export function usualDistribution(catalog: Catalog): DistributionSpec {
  const [event] = seenOf(catalog, ['Order Completed'], 1);
  return { step: { event }, measure: 'times', days: { last: 365 } };
}

/** The question as the server takes it. */
export function distributionAsked(spec: DistributionSpec | undefined): DistributionSpec | undefined {
  return spec?.step && { ...spec, step: asked(spec.step), days: daysAsked(spec.days) };
}

export function DistributionQuestion(props: { spec: DistributionSpec; catalog: Catalog; change: (changes: Partial<DistributionSpec>) => void }) {
  const { t } = useTranslation();
  const { spec, catalog, change } = props;
  return (
    <Section className="ask">
      <StepRow catalog={catalog} parts={[{ name: t('insights.per_person'), label: t('insights.event'), step: spec.step, hasAny: true, change: (step) => change({ step }) }]} />
      <div className="ask-parts">
        <Choice
          name={t('insights.measure')} value={spec.measure ?? 'times'} change={(measure) => change({ measure, edges: undefined })}
          choices={MEASURES.map((value) => ({ value, label: t(`insights.measures.${value}`) }))}
        />
        <DaysChoice days={spec.days ?? { last: 365 }} change={(days) => change({ days })} />
        <BreakdownChoice value={spec.breakdown} change={(breakdown) => change({ breakdown })} catalog={catalog} />
      </div>
    </Section>
  );
}
