import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { AnswerCard, Figures, type Figure } from './AnswerCard';
import type { DistributionSpec } from './DistributionQuestion';
import { Drawing } from './Drawing';
import { Fact, Facts } from './Facts';
import { useGroupName } from './names';
import { barsOption } from './options';
import { usePeople } from './People';

type Answer = Schemas['DistributionAnswer'];
type Group = Answer['groups'][number];

export function DistributionAnswer({ answer, spec }: { answer: Answer; spec: DistributionSpec }) {
  const { t } = useTranslation();
  const format = useFormat();
  const people = usePeople('distribution', spec);
  const groupName = useGroupName(spec.breakdown);
  const isMoney = answer.measure === 'sum' || answer.measure === 'average';
  const say = (value: number | null) => (isMoney ? format.money(value, 0) : format.decimal(value, 1));
  if (answer.groups.length === 0) return <Section><p className="muted">{t('insights.nobody_did')}</p></Section>;
  const names = answer.buckets.map((bucket) => bucketName(bucket, isMoney, say));
  const name = (group: Group) => groupName(group) || t('insights.people');
  const of = (group: Group) => (spec.breakdown ? { group: group.group, is_other: group.is_other } : {});
  const lookAt = (place: number, group: Group) =>
    people.look && group.values[place] > 0
      ? () => people.look?.({ ...of(group), bucket: answer.buckets[place].bucket }, [t(`insights.measures.${answer.measure}`), names[place], groupName(group)].filter(Boolean).join(' · '))
      : undefined;
  // Groups differ in size, so beside each other they are drawn as shares.
  const isDivided = spec.breakdown !== undefined;
  const option = barsOption({
    names, series: answer.groups.map((group) => ({ name: name(group), data: isDivided ? group.shares : group.values })), isWhole: !isDivided,
    say: isDivided ? format.share : format.count, axis: (value) => (isDivided ? format.share(value, 0) : format.compact(value)),
    text: isDivided ? undefined : (place) => (answer.groups[0].values[place] ? format.share(answer.groups[0].shares[place]) : ''),
  });
  const rows = names.map((bucket, place): Figure[] => [
    { value: bucket, text: bucket },
    ...answer.groups.map((group) => ({
      value: group.values[place], text: `${format.count(group.values[place])} (${format.share(group.shares[place])})`, look: lookAt(place, group),
    })),
  ]);
  const only = answer.groups.length === 1 ? answer.groups[0] : null;
  return (
    <>
      {only && (
        <Facts>
          <Fact name={t('insights.people')} value={format.count(only.people)} />
          <Fact name={t('insights.mean')} value={say(only.mean)} />
          <Fact name={t('insights.median')} value={say(only.quantiles['0.5'])} />
          <Fact name={t('insights.top_tenth')} value={`≥ ${say(only.quantiles['0.9'])}`} foot={t('insights.largest', { value: say(only.most) })} />
        </Facts>
      )}
      <AnswerCard
        title={t('insights.histogram')} file="distribution" rows={rows} columns={[t(`insights.measures.${answer.measure}`), ...answer.groups.map(name)]}
        foot={people.look && <p className="muted ask-hint">{t('insights.pick_bar')}</p>}
      >
        <Drawing option={option} height={300} label={t('insights.histogram')} onPick={(place, series) => lookAt(place, answer.groups[series])?.()} />
      </AnswerCard>
      {!only && <Groups groups={answer.groups} name={name} say={say} />}
      {people.drawer}
    </>
  );
}

function Groups({ groups, name, say }: { groups: Group[]; name: (group: Group) => string; say: (value: number | null) => string }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('insights.by_group')} flush>
      <Figures
        columns={['group', 'people', 'mean', 'median', 'top_tenth'].map((key) => t(`insights.${key}`))}
        rows={groups.map((group) => [
          { value: name(group), text: name(group) },
          { value: group.people, text: format.count(group.people) },
          { value: group.mean, text: say(group.mean) },
          { value: group.quantiles['0.5'], text: say(group.quantiles['0.5']) },
          { value: group.quantiles['0.9'], text: `≥ ${say(group.quantiles['0.9'])}` },
        ])}
      />
    </Section>
  );
}

/** A bucket of whole numbers says its last one; one of amounts says where it ends. */
function bucketName({ low, high }: Answer['buckets'][number], isMoney: boolean, say: (value: number | null) => string): string {
  if (low === null) return `< ${say(high)}`;
  if (high === null) return `≥ ${say(low)}`;
  if (isMoney) return `${say(low)} – ${say(high)}`;
  return high - low === 1 ? say(low) : `${say(low)} – ${say(high - 1)}`;
}
