import { Select, Skeleton } from 'antd';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { colors } from '../theme';
import { AnswerCard, type Figure } from './AnswerCard';
import { Heat, type HeatRow } from './Heat';
import { useGroupName } from './names';
import { usePeople, type Look } from './People';
import type { RetentionSpec } from './RetentionQuestion';
import { usePeriod } from './times';

const Chart = lazy(() => import('../components/Chart'));

type Answer = Schemas['RetentionAnswer'];
type Group = Answer['groups'][number];
type Cohort = Group['cohorts'][number];
type Naming = { column: (place: number) => string; cohort: (one: Cohort) => string; group: (one: Group) => string };

export function RetentionAnswer({ answer, spec }: { answer: Answer; spec: RetentionSpec }) {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const people = usePeople('retention', spec);
  const naming = useNaming(answer, spec);
  const place = Math.min(Number(get('group')) || 0, answer.groups.length - 1);
  const group = answer.groups[place];
  if (!group || group.size === 0) return <Section><p className="muted">{t('insights.nobody_began')}</p></Section>;
  const choice = answer.groups.length > 1 && (
    <Select
      size="small" value={place} aria-label={t('insights.group')} popupMatchSelectWidth={false}
      onChange={(chosen: number) => set({ group: chosen || '' }, { replace: true })}
      options={answer.groups.map((one, value) => ({ value, label: naming.group(one) }))}
    />
  );
  return (
    <>
      <Matrix answer={answer} group={group} spec={spec} naming={naming} look={people.look} choice={choice} />
      <Curves answer={answer} naming={naming} />
      {people.drawer}
    </>
  );
}

function useNaming(answer: Answer, spec: RetentionSpec): Naming {
  const { t } = useTranslation();
  const period = usePeriod(answer.interval);
  const group = useGroupName(spec.breakdown);
  return {
    column: (place) => t(`insights.nth.${answer.interval}`, { n: answer.columns[place].first }),
    cohort: (one) => period.full(one.start),
    group: (one) => group(one) || t('insights.everybody'),
  };
}

type MatrixProps = { answer: Answer; group: Group; spec: RetentionSpec; naming: Naming; look: Look | null; choice: React.ReactNode };

function Matrix({ answer, group, spec, naming, look, choice }: MatrixProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const cohorts = group.cohorts.filter((one) => one.size > 0);
  const of = spec.breakdown ? { group: group.group, is_other: group.is_other } : {};
  const lookAt = (one: Cohort, place: number) => {
    if (!look) return undefined;
    const point = { ...of, cohort: one.start, column: place };
    const sides = [{ name: t('insights.came_back'), point }, { name: t('insights.stayed_away'), point: { ...point, returned: false } }];
    return () => look(point, `${naming.cohort(one)} · ${naming.column(place)}`, sides);
  };
  const lookAll = (one: Cohort) => look ? () => look({ ...of, cohort: one.start }, naming.cohort(one)) : undefined;
  // The first column is nearly everybody; what comes later would all look pale beside it.
  const later = cohorts.flatMap((one) => one.shares.slice(1)).filter((share) => share !== null);
  const most = Math.max(...later, 0.01);
  const warmth = (share: number | null | undefined, place: number) => (share === null || share === undefined || place === 0 ? null : Math.min(share / most, 1));
  const rows: HeatRow[] = [
    {
      key: 'mean', isMean: true, name: t('insights.mean'),
      cells: [
        { key: 'size', kind: 'size', text: format.count(group.size), warmth: null },
        ...group.mean.map((share, place) => ({ key: String(place), text: share === null ? '' : format.share(share), warmth: warmth(share, place) })),
      ],
    },
    ...cohorts.map((one) => ({
      key: one.start, name: one.whole ? naming.cohort(one) : <>{naming.cohort(one)} <small>{t('insights.incomplete')}</small></>,
      cells: [
        { key: 'size', kind: 'size' as const, text: format.count(one.size), warmth: null, look: lookAll(one) },
        ...one.shares.map((share, place) => ({
          key: String(place), text: share === null ? '' : format.share(share), warmth: warmth(share, place), isOpen: share !== null && !one.complete[place],
          look: share === null ? undefined : lookAt(one, place),
        })),
      ],
    })),
  ];
  const figures = cohorts.map((one): Figure[] => [
    { value: one.start, text: naming.cohort(one) },
    { value: one.size, text: format.count(one.size), look: lookAll(one) },
    ...one.values.map((value, place) => ({ value: value ?? null, text: value === null ? '' : `${format.count(value)} (${format.share(one.shares[place])})`, look: lookAt(one, place) })),
  ]);
  const columns = [t('insights.people'), ...answer.columns.map((_, place) => naming.column(place))];
  return (
    <AnswerCard
      title={t('insights.by_cohort')} extra={choice} file="retention" rows={figures} columns={[t('insights.cohort'), ...columns]}
      foot={<p className="muted ask-hint">{t('insights.open_cells')}</p>}
    >
      <Heat corner={t('insights.cohort')} columns={columns} rows={rows} label={t('insights.by_cohort')} />
    </AnswerCard>
  );
}

/** The mean over cohorts, a curve for each group. */
function Curves({ answer, naming }: { answer: Answer; naming: Naming }) {
  const { t } = useTranslation();
  const format = useFormat();
  const names = answer.columns.map((_, place) => naming.column(place));
  const most = Math.max(...answer.groups.flatMap((group) => group.mean.map((share) => share ?? 0)));
  const option = {
    grid: { left: 8, right: 16, top: answer.groups.length > 1 ? 40 : 16, bottom: 4, containLabel: true },
    legend: { show: answer.groups.length > 1, type: 'scroll', top: 0, left: 0, itemWidth: 14, itemHeight: 8, itemGap: 20 },
    tooltip: { trigger: 'axis', confine: true, valueFormatter: (value: number | null) => format.share(value) },
    xAxis: { type: 'category', boundaryGap: false, data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: colors.line } }, axisLabel: { color: colors.muted, hideOverlap: true } },
    yAxis: { type: 'value', min: 0, ...(most > 0.8 ? { max: 1, interval: 0.25 } : { splitNumber: 4 }), splitLine: { lineStyle: { color: colors.line } }, axisLabel: { color: colors.muted, formatter: (value: number) => format.share(value, 0) } },
    series: answer.groups.map((group) => ({ name: naming.group(group), type: 'line', data: group.mean, symbol: 'circle', symbolSize: 6, lineStyle: { width: 2 } })),
  };
  return (
    <AnswerCard
      title={t('insights.curves')} file="retention-curves" view="curves" columns={[t('insights.group'), t('insights.people'), ...names]}
      rows={answer.groups.map((group) => [
        { value: naming.group(group), text: naming.group(group) }, { value: group.size, text: format.count(group.size) },
        ...group.mean.map((share) => ({ value: share, text: format.share(share) })),
      ])}
    >
      <Suspense fallback={<Skeleton.Node active style={{ width: '100%', height: 280 }} />}>
        <Chart option={option} height={280} label={t('insights.curves')} />
      </Suspense>
    </AnswerCard>
  );
}
