import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useFormat } from '../format';
import { colors, series as palette } from '../theme';
import { AnswerCard, type Figure } from './AnswerCard';
import { Drawing } from './Drawing';
import type { OneStepSpec } from './OneStep';
import { usePeople } from './People';
import { usePeriod } from './times';

type Answer = Schemas['LifecycleAnswer'];
const STATES = ['new', 'returning', 'resurrecting', 'dormant'] as const;
const COLORS = [palette[1], palette[0], palette[2], '#9aa5b8'];

/** Who is new, comes again, comes back; below the line, who stays away. */
export function LifecycleAnswer({ answer, spec }: { answer: Answer; spec: OneStepSpec }) {
  const { t } = useTranslation();
  const format = useFormat();
  const period = usePeriod(answer.interval);
  const people = usePeople('lifecycle', spec);
  const [group] = answer.groups;
  const name = (state: string) => t(`insights.lifecycle_state.${state}`);
  const lookAt = (place: number, state: (typeof STATES)[number]) =>
    people.look && group[state][place] > 0
      ? () => people.look?.({ at: answer.starts[place], state }, `${name(state)} · ${period.full(answer.starts[place])}`)
      : undefined;
  const option = {
    grid: { left: 8, right: 16, top: 40, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 8, itemGap: 20 },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true, valueFormatter: (value: number | null) => format.count(value === null ? null : Math.abs(value)) },
    xAxis: {
      type: 'category', data: answer.starts, axisTick: { show: false }, axisLine: { onZero: true, lineStyle: { color: colors.muted } },
      axisLabel: { color: colors.muted, hideOverlap: true, formatter: period.short },
    },
    yAxis: { type: 'value', splitNumber: 5, splitLine: { lineStyle: { color: colors.line } }, axisLabel: { color: colors.muted, formatter: (value: number) => format.count(Math.abs(value)) } },
    series: STATES.map((state, at) => ({
      name: name(state), type: 'bar', stack: 'people', color: COLORS[at], cursor: 'pointer', barMaxWidth: 40,
      data: (group?.[state] ?? []).map((value, place) => ({ value: state === 'dormant' ? -value : value, itemStyle: answer.complete[place] ? {} : { opacity: 0.4 } })),
    })),
  };
  const rows = answer.starts.map((start, place): Figure[] => [
    { value: start, text: answer.complete[place] ? period.full(start) : `${period.full(start)} (${t('insights.incomplete')})` },
    ...STATES.map((state) => ({ value: group?.[state][place] ?? 0, text: format.count(group?.[state][place] ?? 0), look: group && lookAt(place, state) })),
  ]);
  return (
    <>
      <AnswerCard
        title={t('insights.lifecycle')} file="lifecycle" rows={rows} columns={[t(`insights.interval.${answer.interval}`), ...STATES.map(name)]}
        foot={<p className="muted ask-hint">{t('insights.lifecycle_foot')}</p>}
      >
        <Drawing option={option} height={340} label={t('insights.lifecycle')} onPick={(place, state) => group && lookAt(place, STATES[state])?.()} />
      </AnswerCard>
      {people.drawer}
    </>
  );
}
