import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Section } from '../components/Section';
import { NONE, useFormat } from '../format';
import { AnswerCard, Figures, type Figure } from './AnswerCard';
import { ConversionOverTime, TimeToConvert } from './FunnelCharts';
import { Fact, Facts } from './Facts';
import type { FunnelSpec } from './FunnelQuestion';
import { useGroupName, type Catalog } from './names';
import { usePeople, type Look as Looking } from './People';
import { useDuration } from './times';

export type Answer = Schemas['FunnelAnswer'];
export type Look = Looking | null;
type Names = string[];

export function FunnelAnswer({ answer, spec, catalog }: { answer: Answer; spec: FunnelSpec; catalog: Catalog }) {
  const { t } = useTranslation();
  const people = usePeople('funnel', spec);
  const names = useMemo(() => spec.steps.map((step) => catalog.event(step.event ?? '')), [spec, catalog]);
  if (answer.people === 0) return <Section><p className="muted">{t('insights.nobody_entered', { event: names[0] })}</p></Section>;
  return (
    <>
      <Strip answer={answer} />
      <AnswerCard
        title={t('insights.step_by_step')} file="funnel" rows={useRows(answer, names, people.look)}
        columns={[t('insights.step'), ...['people', 'of_first', 'of_previous', 'dropped', 'median_time'].map((key) => t(`insights.${key}`))]}
        foot={!answer.is_complete && <p className="muted ask-hint">{t('insights.window_open')}</p>}
      >
        <ol className="funnel">
          {answer.steps.map((step, place) => (
            <Bar key={step.step} step={step} before={answer.compared?.steps[place]} name={names[place]} last={names[place - 1]} look={people.look} />
          ))}
        </ol>
      </AnswerCard>
      {answer.breakdown && <Breakdown answer={answer} spec={spec} names={names} look={people.look} />}
      <div className="columns even">
        {answer.trend && <ConversionOverTime trend={answer.trend} interval={spec.interval ?? 'day'} look={people.look} steps={names.length} />}
        {answer.times.bins.length > 0 && <TimeToConvert times={answer.times} names={names} />}
      </div>
      {people.drawer}
    </>
  );
}

function Strip({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const duration = useDuration();
  const { compared } = answer;
  const rate = compared?.rate;
  const points = typeof rate === 'number' && answer.rate !== null ? format.points(answer.rate - rate) : null;
  const grown = (now: number, before: number | undefined) => (before ? format.change((now - before) / before) : null);
  return (
    <Facts>
      <Fact name={t('insights.conversion')} value={format.share(answer.rate)} foot={points && t('insights.versus', { change: points })} />
      <Fact name={t('insights.entered')} value={format.count(answer.people)} foot={compared && t('insights.versus', { change: grown(answer.people, compared.people) ?? NONE })} />
      <Fact name={t('insights.converted')} value={format.count(answer.converted)} foot={compared && t('insights.versus', { change: grown(answer.converted, compared.converted) ?? NONE })} />
      <Fact name={t('insights.median_whole')} value={duration(answer.times.median_seconds)} />
    </Facts>
  );
}

type Step = Answer['steps'][number];

/** A step: its people as a bar, and between it and the one before, who went on and who did not. */
function Bar({ step, before, name, last, look }: { step: Step; before: Step | undefined; name: string; last: string | undefined; look: Look }) {
  const { t } = useTranslation();
  const format = useFormat();
  const duration = useDuration();
  const share = step.share_of_total ?? 0;
  const reached = format.count(step.people);
  const dropped = t('insights.dropped_people', { count: step.dropped, shown: format.count(step.dropped) });
  return (
    <li>
      {last !== undefined && (
        <div className="funnel-between">
          <span aria-hidden className="funnel-arrow">↓</span>
          <b>{format.share(step.share_of_previous)}</b> {t('insights.went_on')}
          {step.median_seconds !== null && <span className="muted">{t('insights.median_of', { time: duration(step.median_seconds) })}</span>}
          {step.dropped > 0 && (look ? (
            <button type="button" className="link funnel-dropped" onClick={() => look({ step: step.step, outcome: 'dropped' }, t('insights.dropped_between', { from: last, to: name }))}>{dropped}</button>
          ) : <span className="funnel-dropped">{dropped}</span>)}
        </div>
      )}
      <div className="funnel-step">
        <span className="ask-mark" aria-hidden>{step.step}</span>
        <span className="funnel-name">{name}</span>
        <span className="funnel-track" aria-hidden>
          {step.people > 0 && <span className="funnel-fill" style={{ width: `${Math.max(100 * share, 0.4)}%` }} />}
          {before && <span className="funnel-before" style={{ left: `${100 * (before.share_of_total ?? 0)}%` }} />}
        </span>
        <span className={before ? 'funnel-figures three' : 'funnel-figures'}>
          {look && step.people > 0 ? <button type="button" className="link" onClick={() => look({ step: step.step }, t('insights.reached', { event: name }))}>{reached}</button> : reached}
          <b>{format.share(step.share_of_total)}</b>
          {before && <small className="muted" title={t('insights.before')}>{format.share(before.share_of_total)}</small>}
        </span>
      </div>
    </li>
  );
}

function useRows(answer: Answer, names: Names, look: Look): Figure[][] {
  const { t } = useTranslation();
  const format = useFormat();
  const duration = useDuration();
  return answer.steps.map((step, place) => [
    { value: names[place], text: `${step.step}. ${names[place]}` },
    { value: step.people, text: format.count(step.people), look: look ? () => look({ step: step.step }, t('insights.reached', { event: names[place] })) : undefined },
    { value: step.share_of_total, text: format.share(step.share_of_total) },
    { value: step.share_of_previous, text: format.share(step.share_of_previous) },
    {
      value: step.dropped, text: format.count(step.dropped),
      look: look ? () => look({ step: step.step, outcome: 'dropped' }, t('insights.dropped_between', { from: names[place - 1], to: names[place] })) : undefined,
    },
    { value: step.median_seconds, text: duration(step.median_seconds) },
  ]);
}

/** The funnel of each group, one line each. */
function Breakdown({ answer, spec, names, look }: { answer: Answer; spec: FunnelSpec; names: Names; look: Look }) {
  const { t } = useTranslation();
  const format = useFormat();
  const group = useGroupName(spec.breakdown);
  const rows = (answer.breakdown ?? []).map((line): Figure[] => {
    const name = group({ group: line.value, is_other: line.kind === 'other' });
    const point = { kind: line.kind, value: line.value };
    return [
      { value: name, text: name },
      ...line.steps.map((step, place) => ({
        value: step.people,
        text: <>{format.count(step.people)} {place > 0 && <small className="muted">{format.share(step.share_of_total)}</small>}</>,
        look: look ? () => look({ ...point, step: step.step }, `${t('insights.reached', { event: names[place] })} · ${name}`) : undefined,
      })),
      { value: line.rate, text: <b>{format.share(line.rate)}</b> },
    ];
  });
  return (
    <Section title={t('insights.by_group')} flush>
      <Figures columns={[t('insights.group'), ...names, t('insights.conversion')]} rows={rows} />
    </Section>
  );
}
