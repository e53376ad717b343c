import { ArrowDownOutlined, ArrowUpOutlined, CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { Section } from '../components/Section';
import { BreakdownChoice, Choice, CompareChoice, DaysChoice, daysAsked, IntervalChoice, SpanChoice, type Span } from './Controls';
import { seenOf, type Catalog } from './names';
import { asked, type Days, type Step } from './question';
import { StepEditor } from './StepEditor';

export type FunnelSpec = {
  steps: Step[];
  days?: Days;
  window?: Span;
  order?: string;
  breakdown?: string;
  compare?: string;
  interval?: string;
};
const MOST_STEPS = 10;
const USUAL = ['Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed'];

/** What a first visit asks: from looking at something to having bought it. */
export function usualFunnel(catalog: Catalog): FunnelSpec | undefined {
  const events = seenOf(catalog, USUAL, 2);
  if (events.length < 2) return undefined;
  return { steps: events.map((event) => ({ event })), days: { last: 30 }, window: { n: 14, unit: 'day' } };
}

/** The question as the server takes it; nothing before two steps are chosen. */
export function funnelAsked(spec: FunnelSpec | undefined): FunnelSpec | undefined {
  const steps = (spec?.steps ?? []).filter((step) => step.event).map(asked);
  return spec && steps.length >= 2 ? { ...spec, steps, days: daysAsked(spec.days) } : undefined;
}

export function FunnelQuestion(props: { spec: FunnelSpec; catalog: Catalog; change: (changes: Partial<FunnelSpec>) => void }) {
  const { t } = useTranslation();
  const { spec, catalog, change } = props;
  return (
    <Section className="ask">
      <Steps steps={spec.steps} catalog={catalog} change={(steps) => change({ steps })} />
      <div className="ask-parts">
        <DaysChoice days={spec.days ?? { last: 30 }} change={(days) => change({ days })} />
        <SpanChoice name={t('insights.window')} value={spec.window ?? { n: 14, unit: 'day' }} units={['minute', 'hour', 'day', 'week']} change={(window) => change({ window })} />
        <Choice
          name={t('insights.order')} value={spec.order ?? 'ordered'} change={(order) => change({ order: order === 'ordered' ? undefined : order })}
          choices={['ordered', 'strict', 'unordered'].map((value) => ({ value, label: t(`insights.orders.${value}`) }))}
        />
        <BreakdownChoice value={spec.breakdown} change={(breakdown) => change({ breakdown })} catalog={catalog} />
        <CompareChoice value={spec.compare} change={(compare) => change({ compare })} />
        <IntervalChoice name={t('insights.rate_over_time')} value={spec.interval} change={(interval) => change({ interval })} isOptional intervals={['day', 'week', 'month']} />
      </div>
    </Section>
  );
}

function Steps({ steps, catalog, change }: { steps: Step[]; catalog: Catalog; change: (steps: Step[]) => void }) {
  const { t } = useTranslation();
  const swap = (place: number) => {
    const next = [...steps];
    [next[place - 1], next[place]] = [next[place], next[place - 1]];
    change(next);
  };
  return (
    <>
      <ol className="ask-steps">
        {steps.map((step, place) => (
          <li key={place}>
            <b className="ask-mark">{place + 1}</b>
            <StepEditor
              step={step} catalog={catalog} label={t('insights.step_event', { step: place + 1 })}
              change={(changed) => change(steps.map((old, at) => (at === place ? changed : old)))}
            />
            <span className="ask-moves">
              <Button type="text" icon={<ArrowUpOutlined />} disabled={place === 0} aria-label={t('insights.move_up', { step: place + 1 })} onClick={() => swap(place)} />
              <Button type="text" icon={<ArrowDownOutlined />} disabled={place === steps.length - 1} aria-label={t('insights.move_down', { step: place + 1 })} onClick={() => swap(place + 1)} />
              <Button type="text" icon={<CloseOutlined />} disabled={steps.length <= 2} aria-label={t('insights.drop_step', { step: place + 1 })} onClick={() => change(steps.filter((_, at) => at !== place))} />
            </span>
          </li>
        ))}
      </ol>
      <div className="ask-adds">
        <Button type="dashed" icon={<PlusOutlined />} disabled={steps.length >= MOST_STEPS} onClick={() => change([...steps, {}])}>{t('insights.add_step')}</Button>
      </div>
    </>
  );
}
