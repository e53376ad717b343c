import { useTranslation } from 'react-i18next';

import { Section } from '../components/Section';
import { BreakdownChoice, CompareChoice, DaysChoice, daysAsked, IntervalChoice, SpanChoice, type Span } from './Controls';
import type { Catalog } from './names';
import type { Days } from './question';

export type VisitsSpec = { days?: Days; gap?: Span; breakdown?: string; interval?: string; compare?: string };

/** What a first visit asks: the visits of a month, day by day; half an hour of silence ends one. */
export const usualVisits: VisitsSpec = { days: { last: 30 }, gap: { n: 30, unit: 'minute' }, interval: 'day' };

/** The question as the server takes it. */
export function visitsAsked(spec: VisitsSpec | undefined): VisitsSpec | undefined {
  return spec && { ...spec, interval: spec.interval ?? 'day', days: daysAsked(spec.days) };
}

export function VisitsQuestion(props: { spec: VisitsSpec; catalog: Catalog; change: (changes: Partial<VisitsSpec>) => void }) {
  const { t } = useTranslation();
  const { spec, catalog, change } = props;
  return (
    <Section className="ask">
      <div className="ask-parts first">
        <DaysChoice days={spec.days ?? { last: 30 }} change={(days) => change({ days })} />
        <IntervalChoice value={spec.interval ?? 'day'} change={(interval) => change({ interval })} />
        <SpanChoice name={t('insights.gap')} value={spec.gap ?? { n: 30, unit: 'minute' }} units={['minute', 'hour']} change={(gap) => change({ gap })} />
        <BreakdownChoice value={spec.breakdown} change={(breakdown) => change({ breakdown })} catalog={catalog} />
        <CompareChoice value={spec.compare} change={(compare) => change({ compare })} />
      </div>
    </Section>
  );
}
