import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { AnswerCard, Figures, type Figure } from './AnswerCard';
import { Drawing } from './Drawing';
import { barsOption, linesOption } from './options';
import { Fact, Facts } from './Facts';
import type { IntervalsSpec } from './IntervalsQuestion';
import { useGroupName } from './names';
import { usePeople, type Look } from './People';
import { stepUpTo, useDuration, usePeriod, useSpan } from './times';

type Answer = Schemas['IntervalsAnswer'];
type Group = Answer['groups'][number];

export function IntervalsAnswer({ answer, spec }: { answer: Answer; spec: IntervalsSpec }) {
  const { t } = useTranslation();
  const format = useFormat();
  const duration = useDuration();
  const span = useSpan();
  const people = usePeople('intervals', spec);
  const groupName = useGroupName(spec.breakdown);
  if (answer.groups.length === 0) return <Section><p className="muted">{t('insights.no_intervals')}</p></Section>;
  const name = (group: Group) => groupName(group) || t('insights.intervals');
  const of = (group: Group) => (spec.breakdown ? { group: group.group, is_other: group.is_other } : {});
  const names = answer.buckets.map(span.full);
  const share = (group: Group, place: number) => group.values[place] / group.intervals;
  const lookAt = (place: number, group: Group) =>
    people.look && group.values[place] > 0
      ? () => people.look?.({ ...of(group), bucket: answer.buckets[place].bucket }, [t('page.intervals'), names[place], groupName(group)].filter(Boolean).join(' · '))
      : undefined;
  const only = answer.groups.length === 1 ? answer.groups[0] : null;
  const option = barsOption({
    names, isWhole: only !== null, short: (_, place) => span.short(answer.buckets[place]),
    series: answer.groups.map((group) => ({ name: name(group), data: only ? group.values : names.map((_, place) => share(group, place)) })),
    say: only ? format.count : format.share, axis: only ? format.compact : (value) => format.share(value, 0),
    text: only ? (place) => (only.values[place] ? format.share(share(only, place)) : '') : undefined,
  });
  const rows = names.map((bucket, place): Figure[] => [
    { value: bucket, text: bucket },
    ...answer.groups.map((group) => ({ value: group.values[place], text: `${format.count(group.values[place])} (${format.share(share(group, place))})`, look: lookAt(place, group) })),
  ]);
  return (
    <>
      {only && (
        <Facts>
          <Fact name={t('insights.intervals')} value={format.count(only.intervals)} foot={t('insights.of_people', { count: only.people, shown: format.count(only.people) })} />
          <Fact name={t('insights.median')} value={duration(only.quantiles?.['0.5'])} />
          <Fact name={t('insights.mean')} value={duration(only.mean)} />
          <Fact name={t('insights.nine_tenths')} value={`≤ ${duration(only.quantiles?.['0.9'])}`} foot={t('insights.one_tenth', { value: duration(only.quantiles?.['0.1']) })} />
        </Facts>
      )}
      <AnswerCard
        title={t('insights.interval_lengths')} file="intervals" rows={rows} columns={[t('insights.time'), ...answer.groups.map(name)]}
        foot={people.look && <p className="muted ask-hint">{t('insights.pick_bar')}</p>}
      >
        <Drawing option={option} height={300} label={t('insights.interval_lengths')} onPick={(place, series) => lookAt(place, answer.groups[series])?.()} />
      </AnswerCard>
      {!only && <Groups groups={answer.groups} name={name} />}
      {spec.interval && <OverTime answer={answer} interval={spec.interval} name={name} of={of} look={people.look} />}
      {people.drawer}
    </>
  );
}

function Groups({ groups, name }: { groups: Group[]; name: (group: Group) => string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const duration = useDuration();
  return (
    <Section title={t('insights.by_group')} flush>
      <Figures
        columns={['group', 'intervals', 'people', 'median', 'mean', 'nine_tenths'].map((key) => t(`insights.${key}`))}
        rows={groups.map((group) => [
          { value: name(group), text: name(group) },
          { value: group.intervals, text: format.count(group.intervals) },
          { value: group.people, text: format.count(group.people) },
          { value: group.quantiles?.['0.5'] ?? null, text: duration(group.quantiles?.['0.5']) },
          { value: group.mean, text: duration(group.mean) },
          { value: group.quantiles?.['0.9'] ?? null, text: `≤ ${duration(group.quantiles?.['0.9'])}` },
        ])}
      />
    </Section>
  );
}

type OverTimeProps = { answer: Answer; interval: string; name: (group: Group) => string; of: (group: Group) => object; look: Look | null };

function OverTime({ answer, interval, name, of, look }: OverTimeProps) {
  const { t } = useTranslation();
  const duration = useDuration();
  const period = usePeriod(interval);
  const title = t('insights.median_over_time');
  const median = (group: Group, place: number) => group.periods[place].quantiles?.['0.5'] ?? null;
  const open = (place: number, group: Group) =>
    look && group.periods[place].people > 0 ? () => look({ ...of(group), at: answer.starts[place] }, `${name(group)} · ${period.full(answer.starts[place])}`) : undefined;
  const highest = Math.max(1, ...answer.groups.flatMap((group) => answer.starts.map((_, place) => median(group, place) ?? 0)));
  const option = linesOption({
    starts: answer.starts, short: period.short, full: period.full, say: duration, axis: duration, step: stepUpTo(highest),
    series: answer.groups.map((group) => ({ name: name(group), data: answer.starts.map((_, place) => median(group, place)) })),
  });
  const rows = answer.starts.map((start, place): Figure[] => [
    { value: start, text: period.full(start) },
    ...answer.groups.map((group) => ({ value: median(group, place), text: duration(median(group, place)), look: open(place, group) })),
  ]);
  return (
    <AnswerCard title={title} file="intervals-over-time" view="over_time" rows={rows} columns={[t(`insights.interval.${interval}`), ...answer.groups.map(name)]}>
      <Drawing option={option} height={260} label={title} onPick={(place, series) => open(place, answer.groups[series])?.()} />
    </AnswerCard>
  );
}
