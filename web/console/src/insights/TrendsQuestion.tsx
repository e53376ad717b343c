import { CloseOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Input, Segmented, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import { useGet } from '../api/hooks';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { BreakdownChoice, CompareChoice, DaysChoice, daysAsked, IntervalChoice, Part } from './Controls';
import { seenOf, type Catalog } from './names';
import { asked, type Days, type Step } from './question';
import { StepEditor } from './StepEditor';

export type Series = Step & { count?: string; property?: string; percentile?: number; metric?: string };
export type TrendsSpec = {
  series: Series[];
  days?: Days;
  interval?: string;
  breakdown?: string;
  compare?: string;
  formulas?: string[];
};
export const COUNTS = ['people', 'events', 'per_person', 'sum', 'average', 'median', 'maximum'];
const OF_PROPERTY = ['sum', 'average', 'median', 'percentile', 'minimum', 'maximum'];
const MOST_SERIES = 6;

/** What a first visit asks: how many people look, and how many buy. */
export function usualTrends(catalog: Catalog): TrendsSpec | undefined {
  const events = seenOf(catalog, ['Product Viewed', 'Product Added', 'Order Completed'], 2);
  if (events.length === 0) return undefined;
  return { series: events.map((event) => ({ event, count: 'people' })), days: { last: 30 }, interval: 'day' };
}

/** The question as the server takes it; nothing while a part of it is missing. */
export function trendsAsked(spec: TrendsSpec | undefined): TrendsSpec | undefined {
  if (!spec?.series?.length) return undefined;
  const series = spec.series.map(({ metric, ...one }) => (metric ? { metric } : asked(one)));
  const formulas = (spec.formulas ?? []).map((text) => text.trim()).filter(Boolean);
  const { formulas: _, ...rest } = spec;
  return { ...rest, series, days: daysAsked(spec.days), ...(formulas.length ? { formulas } : {}) };
}

export function TrendsQuestion(props: { spec: TrendsSpec; catalog: Catalog; change: (changes: Partial<TrendsSpec>) => void }) {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const { spec, catalog, change } = props;
  const put = (place: number, series: Series) => change({ series: spec.series.map((old, at) => (at === place ? series : old)) });
  return (
    <Section className="ask">
      <ol className="ask-steps">
        {spec.series.map((series, place) => (
          <li key={place}>
            <b className="ask-mark">{String.fromCharCode(65 + place)}</b>
            <OneSeries series={series} catalog={catalog} place={place} change={(changed) => put(place, changed)} />
            {spec.series.length > 1 && (
              <Button
                type="text" icon={<CloseOutlined />} aria-label={t('insights.drop_series', { letter: String.fromCharCode(65 + place) })}
                onClick={() => change({ series: spec.series.filter((_, at) => at !== place), formulas: undefined })}
              />
            )}
          </li>
        ))}
      </ol>
      <div className="ask-adds">
        <Button
          type="dashed" icon={<PlusOutlined />} disabled={spec.series.length >= MOST_SERIES}
          onClick={() => change({ series: [...spec.series, { event: catalog.events[0], count: 'people' }] })}
        >
          {t('insights.add_series')}
        </Button>
        <Formula formula={spec.formulas?.[0] ?? ''} change={(text) => change({ formulas: text ? [text] : undefined })} />
      </div>
      <div className="ask-parts">
        <DaysChoice days={spec.days ?? { last: 30 }} change={(days) => change({ days })} />
        <IntervalChoice value={spec.interval ?? 'day'} change={(interval) => change({ interval })} />
        <BreakdownChoice value={spec.breakdown} change={(breakdown) => change({ breakdown })} catalog={catalog} />
        <CompareChoice value={spec.compare} change={(compare) => change({ compare })} />
        <Part name={t('insights.drawn')}>
          <Segmented
            aria-label={t('insights.drawn')} value={get('chart') || 'line'}
            onChange={(value) => set({ chart: value === 'line' ? '' : value }, { replace: true })}
            options={['line', 'bar'].map((value) => ({ value, label: t(`insights.chart.${value}`) }))}
          />
        </Part>
      </div>
    </Section>
  );
}

function OneSeries(props: { series: Series; catalog: Catalog; place: number; change: (series: Series) => void }) {
  const { t, i18n } = useTranslation();
  const { series, catalog, change } = props;
  const { data: metrics } = useGet('/api/metrics');
  const counts = series.count && !COUNTS.includes(series.count) ? [...COUNTS, series.count] : COUNTS;
  const kind = series.metric === undefined ? (series.count ?? 'events') : 'metric';
  const choose = (chosen: string) => {
    if (chosen === 'metric') return change({ metric: metrics?.[0]?.name ?? 'revenue' });
    change({
      event: series.event ?? (series.metric ? catalog.events[0] : undefined), where: series.where, first_ever: series.first_ever,
      count: chosen, property: OF_PROPERTY.includes(chosen) ? (series.property ?? 'revenue') : undefined,
    });
  };
  return (
    <>
      <Select
        value={kind} aria-label={t('insights.measure_of', { letter: String.fromCharCode(65 + props.place) })} popupMatchSelectWidth={false} onChange={choose}
        options={[...counts, ...(metrics?.length ? ['metric'] : [])].map((value) => ({ value, label: t(`insights.count.${value}`) }))}
      />
      {series.metric === undefined ? (
        <StepEditor
          step={series} catalog={catalog} hasAny label={t('insights.event_of', { letter: String.fromCharCode(65 + props.place) })}
          change={(step) => change({ ...series, ...step })}
        />
      ) : (
        <Select
          showSearch={{ optionFilterProp: 'label' }} className="ask-event" value={series.metric} aria-label={t('insights.count.metric')} popupMatchSelectWidth={240}
          onChange={(metric: string) => change({ metric })}
          options={(metrics ?? []).map((one) => ({ value: one.name, label: one.title[i18n.language] ?? one.name }))}
        />
      )}
    </>
  );
}

function Formula({ formula, change }: { formula: string; change: (text: string) => void }) {
  const { t } = useTranslation();
  const put = (text: string) => text.trim() !== formula && change(text.trim());
  return (
    <Part name={t('insights.formula')}>
      <Input
        key={formula} defaultValue={formula} placeholder="B / A" aria-label={t('insights.formula')} className="ask-formula"
        onPressEnter={(event) => put(event.currentTarget.value)} onBlur={(event) => put(event.currentTarget.value)}
      />
    </Part>
  );
}
