import { InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';

import { Section } from '../components/Section';
import { BreakdownChoice, Choice, DaysChoice, daysAsked, IntervalChoice, Part } from './Controls';
import { seenOf, type Catalog } from './names';
import { asked, type Days, type Step } from './question';
import { StepEditor } from './StepEditor';

export type RetentionSpec = {
  target: Step;
  returning?: Step;
  kind?: string;
  days?: Days;
  interval?: string;
  intervals?: number;
  mode?: string;
  cumulative?: boolean;
  breakdown?: string;
};

/** What a first visit asks: of those who first bought in a week, who bought again later. */
export function usualRetention(catalog: Catalog): RetentionSpec {
  const [event] = seenOf(catalog, ['Order Completed'], 1);
  return { target: { event }, kind: 'first_time', days: { last: 84 }, interval: 'week', intervals: 9 };
}

/** The question as the server takes it; nothing without an event to begin with. */
export function retentionAsked(spec: RetentionSpec | undefined): RetentionSpec | undefined {
  if (!spec?.target) return undefined;
  const returning = spec.returning && asked(spec.returning);
  return { ...spec, target: asked(spec.target), ...(returning ? { returning } : {}), days: daysAsked(spec.days) };
}

export function RetentionQuestion(props: { spec: RetentionSpec; catalog: Catalog; change: (changes: Partial<RetentionSpec>) => void }) {
  const { t } = useTranslation();
  const { spec, catalog, change } = props;
  const interval = spec.interval ?? 'week';
  return (
    <Section className="ask">
      <ol className="ask-steps">
        <li>
          <b className="ask-mark">1</b><span className="ask-name">{t('insights.begins_with')}</span>
          <StepEditor step={spec.target} catalog={catalog} hasAny label={t('insights.begins_with')} change={(target) => change({ target })} />
        </li>
        <li>
          <b className="ask-mark">2</b><span className="ask-name">{t('insights.returns_with')}</span>
          <StepEditor step={spec.returning ?? spec.target} catalog={catalog} hasAny label={t('insights.returns_with')} change={(returning) => change({ returning })} />
        </li>
      </ol>
      <div className="ask-parts">
        <DaysChoice days={spec.days ?? { last: 84 }} change={(days) => change({ days })} />
        <IntervalChoice value={interval} change={(chosen) => change({ interval: chosen, mode: chosen === 'month' ? undefined : spec.mode })} intervals={['day', 'week', 'month']} />
        <Part name={t('insights.columns')}>
          <InputNumber min={2} max={31} value={spec.intervals ?? 9} aria-label={t('insights.columns')} className="ask-number" onChange={(intervals) => intervals && change({ intervals })} />
        </Part>
        <Choice
          name={t('insights.cohort')} value={spec.kind ?? 'first_time'} change={(kind) => change({ kind })}
          choices={['first_time', 'recurring'].map((value) => ({ value, label: t(`insights.cohorts.${value}`) }))}
        />
        <Choice
          name={t('insights.counted')} value={spec.cumulative ? 'later' : 'in'} change={(chosen) => change({ cumulative: chosen === 'later' ? true : undefined })}
          choices={['in', 'later'].map((value) => ({ value, label: t(`insights.counts_when.${value}`) }))}
        />
        {interval !== 'month' && (
          <Choice
            name={t('insights.clock')} value={spec.mode ?? 'calendar'} change={(mode) => change({ mode: mode === 'calendar' ? undefined : mode })}
            choices={['calendar', 'elapsed'].map((value) => ({ value, label: t(`insights.clocks.${value}`) }))}
          />
        )}
        <BreakdownChoice value={spec.breakdown} change={(breakdown) => change({ breakdown })} catalog={catalog} />
      </div>
    </Section>
  );
}
