import { Skeleton } from 'antd';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { colors } from '../theme';
import { AnswerCard, Figures, type Figure } from './AnswerCard';
import type { DistributionSpec } from './DistributionQuestion';
import { Fact, Facts } from './Facts';
import { useGroupName } from './names';
import { usePeople } from './People';

const Chart = lazy(() => import('../components/Chart'));
type Answer = Schemas['DistributionAnswer'];
type Group = Answer['groups'][number];
const HEIGHT = 300;

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
  const option = {
    grid: { left: 8, right: 16, top: answer.groups.length > 1 ? 40 : 20, bottom: 4, containLabel: true },
    legend: { show: answer.groups.length > 1, type: 'scroll', top: 0, left: 0, itemWidth: 14, itemHeight: 8, itemGap: 20 },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true, valueFormatter: (value: number | null) => (spec.breakdown ? format.share(value) : format.count(value)) },
    xAxis: { type: 'category', data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: colors.line } }, axisLabel: { color: colors.muted, hideOverlap: true } },
    yAxis: {
      type: 'value', splitNumber: 4, minInterval: spec.breakdown ? undefined : 1, splitLine: { lineStyle: { color: colors.line } },
      axisLabel: { color: colors.muted, formatter: (value: number) => (spec.breakdown ? format.share(value, 0) : format.compact(value)) },
    },
    // Groups differ in size, so beside each other they are drawn as shares.
    series: answer.groups.map((group) => ({
      name: name(group), type: 'bar', data: spec.breakdown ? group.shares : group.values, barCategoryGap: spec.breakdown ? '24%' : '14%', cursor: 'pointer',
      itemStyle: { borderRadius: [2, 2, 0, 0] },
      label: { show: !spec.breakdown, position: 'top', color: colors.muted, fontSize: 11, formatter: ({ dataIndex }: { dataIndex: number }) => format.share(group.shares[dataIndex]) },
    })),
  };
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
        <Suspense fallback={<Skeleton.Node active style={{ width: '100%', height: HEIGHT }} />}>
          <Chart option={option} height={HEIGHT} label={t('insights.histogram')} onPick={(place, series) => lookAt(place, answer.groups[series])?.()} />
        </Suspense>
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
