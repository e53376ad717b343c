import { useTranslation } from 'react-i18next';

import { Section } from '../components/Section';
import { BreakdownChoice, DaysChoice, daysAsked, IntervalChoice, SpanChoice, type Span } from './Controls';
import { seenOf, type Catalog } from './names';
import { asked, type Days, type Step } from './question';
import { StepRow } from './StepEditor';

export type IntervalsSpec = { start: Step; end?: Step; days?: Days; within?: Span; interval?: string; breakdown?: string };
const YEAR = { n: 365, unit: 'day' };

/** What a first visit asks: how long it takes from one order to the next. */
export function usualIntervals(catalog: Catalog): IntervalsSpec {
  const [event] = seenOf(catalog, ['Order Completed'], 1);
  return { start: { event }, end: { event }, days: { last: 180 } };
}

/** The question as the server takes it. */
export function intervalsAsked(spec: IntervalsSpec | undefined): IntervalsSpec | undefined {
  if (!spec?.start?.event) return undefined;
  return { ...spec, start: asked(spec.start), end: spec.end?.event ? asked(spec.end) : undefined, days: daysAsked(spec.days) };
}

export function IntervalsQuestion(props: { spec: IntervalsSpec; catalog: Catalog; change: (changes: Partial<IntervalsSpec>) => void }) {
  const { t } = useTranslation();
  const { spec, catalog, change } = props;
  return (
    <Section className="ask">
      <StepRow
        catalog={catalog}
        parts={[
          { name: t('insights.from_event'), step: spec.start, change: (start) => change({ start }) },
          { name: t('insights.to_event'), step: spec.end ?? spec.start, change: (end) => change({ end }) },
        ]}
      />
      <div className="ask-parts">
        <DaysChoice days={spec.days ?? { last: 180 }} change={(days) => change({ days })} />
        <SpanChoice name={t('insights.within')} value={spec.within ?? YEAR} units={['minute', 'hour', 'day']} change={(within) => change({ within })} />
        <IntervalChoice value={spec.interval} isOptional change={(interval) => change({ interval })} />
        <BreakdownChoice value={spec.breakdown} change={(breakdown) => change({ breakdown })} catalog={catalog} />
      </div>
    </Section>
  );
}
