import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { AnswerCard, type Figure } from './AnswerCard';
import { Drawing } from './Drawing';
import { useGroupName } from './names';
import type { OneStepSpec } from './OneStep';
import { barsOption } from './options';
import { usePeople } from './People';

type Answer = Schemas['StickinessAnswer'];
type Group = Answer['groups'][number];

/** In how many of the periods people did it. */
export function StickinessAnswer({ answer, spec }: { answer: Answer; spec: OneStepSpec }) {
  const { t } = useTranslation();
  const format = useFormat();
  const people = usePeople('stickiness', spec);
  const groupName = useGroupName(spec.breakdown);
  const name = (group: Group) => groupName(group) || t('insights.people');
  const last = Math.max(...answer.groups.map((group) => group.values.findLastIndex((value) => value > 0)));
  if (last < 0) return <Section><p className="muted">{t('insights.nobody_did')}</p></Section>;
  const places = Array.from({ length: last + 1 }, (_, place) => place);
  const times = (place: number) => t(`insights.in_periods.${answer.interval}`, { count: place + 1 });
  const lookAt = (place: number, group: Group) =>
    people.look && group.values[place] > 0
      ? () => people.look?.({ periods: place + 1, ...(spec.breakdown ? { group: group.group, is_other: group.is_other } : {}) }, [times(place), groupName(group)].filter(Boolean).join(' · '))
      : undefined;
  const option = barsOption({
    names: places.map(times), series: answer.groups.map((group) => ({ name: name(group), data: places.map((place) => group.shares[place]) })),
    say: format.share, axis: (value) => format.share(value, 0), text: (place) => format.share(answer.groups[0].shares[place]),
  });
  const rows = places.map((place): Figure[] => [
    { value: place + 1, text: times(place) },
    ...answer.groups.map((group) => ({ value: group.values[place], text: `${format.count(group.values[place])} (${format.share(group.shares[place])})`, look: lookAt(place, group) })),
  ]);
  return (
    <>
      <AnswerCard
        title={t('insights.stickiness')} file="stickiness" rows={rows} columns={[t('insights.active_in'), ...answer.groups.map(name)]}
        foot={<p className="muted ask-hint">{answer.groups.map((group) => t('insights.stickiness_mean', { name: name(group), shown: format.count(group.people), mean: format.decimal(group.mean, 1), of: answer.periods })).join(' ')} {people.look && t('insights.pick_bar')}</p>}
      >
        <Drawing option={option} height={320} label={t('insights.stickiness')} onPick={(place, series) => lookAt(place, answer.groups[series])?.()} />
      </AnswerCard>
      {people.drawer}
    </>
  );
}
