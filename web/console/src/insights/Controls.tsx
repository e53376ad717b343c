import { Input, InputNumber, Select } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { useTitles } from '../conditions';
import type { Catalog } from './names';
import { isInOrder, type Days } from './question';

const LASTS = [7, 14, 30, 60, 90, 180, 365];
// Columns of customers with few enough values to divide people by.
const OF_PEOPLE = [
  'value_tier', 'stage', 'rfm_segment', 'persona', 'acquisition_channel', 'gender', 'age_group', 'city', 'country',
  'favourite_category', 'favourite_channel', 'is_buyer', 'is_registered',
];

/** A part of the question with its name, and with what is wrong with it. */
export function Part(props: { name: string; children: ReactNode; problem?: string }) {
  return (
    <span className="ask-part">
      <span className="ask-name">{props.name}</span>{props.children}
      {props.problem && <span className="ask-problem" role="alert">{props.problem}</span>}
    </span>
  );
}

/** A whole number within limits. */
export function NumberPart(props: { name: string; value: number; least: number; most: number; change: (value: number) => void }) {
  return (
    <Part name={props.name}>
      <InputNumber
        min={props.least} max={props.most} precision={0} value={props.value} aria-label={props.name} className="ask-number"
        onChange={(value) => value && props.change(value)}
      />
    </Part>
  );
}

/** A length of time: so many minutes, hours, days or weeks. */
export type Span = { n: number; unit: string };

export function SpanChoice(props: { name: string; value: Span; units: string[]; change: (value: Span) => void }) {
  const { t } = useTranslation();
  const { name, value, change } = props;
  return (
    <Part name={name}>
      <InputNumber min={1} max={3660} precision={0} value={value.n} aria-label={name} className="ask-number" onChange={(n) => n && change({ ...value, n })} />
      <Select
        value={value.unit} aria-label={t('insights.unit_of', { name })} popupMatchSelectWidth={false} onChange={(unit: string) => change({ ...value, unit })}
        options={props.units.map((unit) => ({ value: unit, label: t(`insights.unit.${unit}`) }))}
      />
    </Part>
  );
}

/** One of a few words; `''` stands for none of them. */
export function Choice(props: {
  name: string;
  value: string | undefined;
  choices: { value: string; label: string }[];
  change: (value: string | undefined) => void;
}) {
  return (
    <Part name={props.name}>
      <Select
        value={props.value ?? ''} aria-label={props.name} popupMatchSelectWidth={false} options={props.choices}
        onChange={(value: string) => props.change(value || undefined)}
      />
    </Part>
  );
}

/** Which days: so many last ones, from one day to another or, as `{}`, all there are. */
export function DaysChoice({ days, change, hasAll }: { days: Days; change: (days: Days) => void; hasAll?: boolean }) {
  const { t } = useTranslation();
  const isOwn = days.since !== undefined || days.until !== undefined;
  const lasts = days.last && !LASTS.includes(days.last) ? [...LASTS, days.last].sort((a, b) => a - b) : LASTS;
  return (
    <Part name={t('insights.days')} problem={isInOrder(days) ? undefined : t('insights.days_order')}>
      <Select
        value={isOwn ? 'own' : hasAll && days.last === undefined ? 'all' : String(days.last ?? 30)} aria-label={t('insights.days')} popupMatchSelectWidth={false}
        onChange={(value: string) => change(value === 'own' ? { since: '', until: '' } : value === 'all' ? {} : { last: Number(value) })}
        options={[
          ...lasts.map((last) => ({ value: String(last), label: t('insights.last_days', { count: last }) })),
          ...(hasAll ? [{ value: 'all', label: t('insights.all_days') }] : []),
          { value: 'own', label: t('insights.own_days') },
        ]}
      />
      {isOwn && (
        <>
          <Input type="date" className="rule-date" aria-label={t('insights.since')} value={days.since} onChange={(event) => change({ ...days, since: event.target.value })} />
          –
          <Input type="date" className="rule-date" aria-label={t('insights.until')} value={days.until} onChange={(event) => change({ ...days, until: event.target.value })} />
        </>
      )}
    </Part>
  );
}

/** The days as they are asked: dates that were not chosen yet are left out. */
export function daysAsked(days: Days | undefined): Days {
  const chosen = days ?? { last: 30 };
  if (chosen.since === undefined && chosen.until === undefined) return chosen;
  return { ...(chosen.since ? { since: chosen.since } : {}), ...(chosen.until ? { until: chosen.until } : {}) };
}

export function IntervalChoice(props: { value: string | undefined; change: (value: string | undefined) => void; isOptional?: boolean; none?: string; intervals?: string[]; name?: string }) {
  const { t } = useTranslation();
  const choices = (props.intervals ?? ['hour', 'day', 'week', 'month']).map((value) => ({ value, label: t(`insights.interval.${value}`) }));
  return (
    <Choice
      name={props.name ?? t('insights.by')} value={props.value} change={props.change}
      choices={props.isOptional ? [{ value: '', label: props.none ?? t('insights.none') }, ...choices] : choices}
    />
  );
}

export function CompareChoice(props: { value: string | undefined; change: (value: string | undefined) => void }) {
  const { t } = useTranslation();
  return (
    <Choice
      name={t('insights.compare')} value={props.value} change={props.change}
      choices={['', 'previous', 'year'].map((value) => ({ value, label: t(`insights.compared.${value || 'none'}`) }))}
    />
  );
}

/** What an answer is divided by. */
export function BreakdownChoice(props: { value: string | undefined; change: (value: string | undefined) => void; catalog: Catalog }) {
  const { t } = useTranslation();
  const titles = useTitles();
  const { catalog, value } = props;
  const { attributes = [], tags = [], audiences = [] } = catalog.fields ?? {};
  const group = (key: string, options: { value: string; label: string }[]) => ({ label: t(`insights.split.${key}`), options });
  const groups = [
    group('event', catalog.properties.filter((one) => one.splits && one.filled !== 0).map((one) => ({ value: one.name, label: catalog.property(one.name) }))),
    group('person', OF_PEOPLE.filter((name) => attributes.some((one) => one.name === name)).map((name) => ({ value: `person:${name}`, label: titles.attribute(name) }))),
    group('tag', tags.map((one) => ({ value: `tag:${one.tag}`, label: titles.tag(one.tag) }))),
    group('audience', audiences.map((one) => ({ value: `audience:${one.name}`, label: titles.audience(one.name) }))),
  ].filter(({ options }) => options.length > 0);
  return (
    <Part name={t('insights.breakdown')}>
      <Select
        showSearch={{ optionFilterProp: 'label' }} value={value ?? ''} aria-label={t('insights.breakdown')} popupMatchSelectWidth={220}
        className="ask-split" onChange={(chosen: string) => props.change(chosen || undefined)}
        options={[{ value: '', label: t('insights.none') }, ...groups]}
      />
    </Part>
  );
}
