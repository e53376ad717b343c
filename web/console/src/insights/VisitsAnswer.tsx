import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { AnswerCard, Figures, type Figure } from './AnswerCard';
import { Drawing } from './Drawing';
import { barsOption, linesOption } from './options';
import { Fact, Facts } from './Facts';
import { useGroupName, type Catalog } from './names';
import { usePeople, type Look } from './People';
import type { Point } from './question';
import { useDuration, usePeriod, useSpan } from './times';
import type { VisitsSpec } from './VisitsQuestion';

type Answer = Schemas['VisitsAnswer'];
type Numbers = Omit<Schemas['VisitTrend'], 'start'>;
type Line = Schemas['VisitLine'];

export function VisitsAnswer({ answer, spec, catalog }: { answer: Answer; spec: VisitsSpec; catalog: Catalog }) {
  const { t } = useTranslation();
  const { look, drawer } = usePeople('sessions', spec);
  if (answer.visits === 0) return <Section><p className="muted">{t('insights.no_visits')}</p></Section>;
  return (
    <>
      <Summary answer={answer} />
      {answer.trend && <OverTime trend={answer.trend} interval={spec.interval ?? 'day'} look={look} />}
      {answer.breakdown && <ByGroup lines={answer.breakdown} breakdown={spec.breakdown} look={look} />}
      <div className="ask-two">
        <Lengths answer={answer} look={look} />
        <Depths answer={answer} look={look} />
      </div>
      <div className="ask-two">
        <Ends side="entry" ends={answer.entries} catalog={catalog} look={look} />
        <Ends side="exit" ends={answer.exits} catalog={catalog} look={look} />
      </div>
      {drawer}
    </>
  );
}

function Summary({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const duration = useDuration();
  const before = answer.compared;
  const foot = (key: keyof Numbers, otherwise: string) => {
    const [now, then] = [answer[key], before?.[key]];
    if (!before) return otherwise;
    if (now === null || then === null || then === undefined) return t('kpi.no_previous');
    if (key === 'bounce_rate') return t('insights.versus', { change: format.points(now - then) });
    return then ? t('insights.versus', { change: format.change((now - then) / then) }) : t('kpi.no_previous');
  };
  return (
    <Facts>
      <Fact name={t('insights.visits')} value={format.count(answer.visits)} foot={foot('visits', t('insights.visits_of', { count: answer.people, shown: format.count(answer.people), each: format.decimal(answer.visits_per_person, 1) }))} />
      <Fact name={t('insights.visit_length')} value={duration(answer.average_seconds)} foot={foot('average_seconds', t('insights.median_of', { time: duration(answer.median_seconds) }))} />
      <Fact name={t('insights.visit_depth')} value={format.decimal(answer.average_events, 1)} foot={foot('average_events', t('insights.median_of', { time: format.decimal(answer.median_events, 1) }))} />
      <Fact name={t('insights.bounce_rate')} value={format.share(answer.bounce_rate)} foot={foot('bounce_rate', t('insights.bounced', { count: answer.bounces, shown: format.count(answer.bounces) }))} />
    </Facts>
  );
}

/** Opens the list of those behind a point. */
const lookAt = (look: Look | null, number: number, point: Point, title: string) => (look && number > 0 ? () => look(point, title) : undefined);

function OverTime({ trend, interval, look }: { trend: NonNullable<Answer['trend']>; interval: string; look: Look | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const duration = useDuration();
  const period = usePeriod(interval);
  const open = (place: number) => lookAt(look, trend[place].visits, { start: trend[place].start }, `${t('insights.visits')} · ${period.full(trend[place].start)}`);
  const option = linesOption({
    starts: trend.map((one) => one.start), short: period.short, full: period.full, say: format.count, axis: format.compact, isWhole: true,
    series: [{ name: t('insights.visits'), data: trend.map((one) => one.visits) }, { name: t('insights.people'), data: trend.map((one) => one.people) }],
  });
  const rows = trend.map((one, place): Figure[] => [
    { value: one.start, text: period.full(one.start) },
    { value: one.visits, text: format.count(one.visits) },
    { value: one.people, text: format.count(one.people), look: open(place) },
    { value: one.bounce_rate, text: format.share(one.bounce_rate) },
    { value: one.average_seconds, text: duration(one.average_seconds) },
    { value: one.average_events, text: format.decimal(one.average_events, 1) },
  ]);
  const columns = [t(`insights.interval.${interval}`), ...['visits', 'people', 'bounce_rate', 'visit_length', 'visit_depth'].map((key) => t(`insights.${key}`))];
  return (
    <AnswerCard title={t('insights.visits_over_time')} file="visits" rows={rows} columns={columns} foot={look && <p className="muted ask-hint">{t('insights.pick_point')}</p>}>
      <Drawing option={option} height={300} label={t('insights.visits_over_time')} onPick={(place) => open(place)?.()} />
    </AnswerCard>
  );
}

function ByGroup({ lines, breakdown, look }: { lines: Line[]; breakdown: string | undefined; look: Look | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const duration = useDuration();
  const groupName = useGroupName(breakdown);
  const name = (line: Line) => groupName({ group: line.value, is_other: line.kind === 'other' });
  return (
    <Section title={t('insights.by_group')} flush>
      <Figures
        columns={['group', 'visits', 'people', 'bounce_rate', 'visit_length', 'visit_depth'].map((key) => t(`insights.${key}`))}
        rows={lines.map((line) => [
          { value: name(line), text: name(line) },
          { value: line.visits, text: format.count(line.visits) },
          { value: line.people, text: format.count(line.people), look: lookAt(look, line.people, { kind: line.kind, value: line.value }, `${t('insights.visits')} · ${name(line)}`) },
          { value: line.bounce_rate, text: format.share(line.bounce_rate) },
          { value: line.average_seconds, text: duration(line.average_seconds) },
          { value: line.average_events, text: format.decimal(line.average_events, 1) },
        ])}
      />
    </Section>
  );
}

type Bin = { name: string; short?: string; visits: number; point: Point };

function Bins({ title, bins, all, look, file }: { title: string; bins: Bin[]; all: number; look: Look | null; file: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const open = (place: number) => lookAt(look, bins[place].visits, bins[place].point, `${title} · ${bins[place].name}`);
  const option = barsOption({
    names: bins.map((bin) => bin.name), series: [{ name: t('insights.visits'), data: bins.map((bin) => bin.visits) }], say: format.count, axis: format.compact, isWhole: true,
    short: (name, place) => bins[place].short ?? name, text: (place) => (bins[place].visits ? format.share(bins[place].visits / all) : ''),
  });
  const rows = bins.map((bin, place): Figure[] => [
    { value: bin.name, text: bin.name },
    { value: bin.visits, text: format.count(bin.visits), look: open(place) },
    { value: bin.visits / all, text: format.share(bin.visits / all) },
  ]);
  return (
    <AnswerCard title={title} file={file} view={file} rows={rows} columns={[title, t('insights.visits'), t('insights.of_visits')]}>
      <Drawing option={option} height={240} label={title} onPick={(place) => open(place)?.()} />
    </AnswerCard>
  );
}

function Lengths({ answer, look }: { answer: Answer; look: Look | null }) {
  const { t } = useTranslation();
  const span = useSpan();
  const bins = answer.durations.map(({ from_seconds: low, to_seconds: high, visits }) => ({
    visits, point: { from_seconds: low }, name: span.full({ low, high }), short: span.short({ low, high }),
  }));
  return <Bins title={t('insights.visit_lengths')} bins={bins} all={answer.visits} look={look} file="visit-lengths" />;
}

function Depths({ answer, look }: { answer: Answer; look: Look | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const bins = answer.depths.map(({ from_events: from, to_events: to, visits }) => ({
    visits, point: { from_events: from },
    name: to === null ? `≥ ${format.count(from)}` : to - from === 1 ? format.count(from) : `${format.count(from)} – ${format.count(to - 1)}`,
  }));
  return <Bins title={t('insights.visit_depths')} bins={bins} all={answer.visits} look={look} file="visit-depths" />;
}

function Ends(props: { side: 'entry' | 'exit'; ends: Answer['entries']; catalog: Catalog; look: Look | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { side, ends, catalog, look } = props;
  const title = t(`insights.visit_ends.${side}`);
  return (
    <Section title={title} flush>
      <Figures
        columns={[t('insights.event'), t('insights.visits'), t('insights.of_visits'), t('insights.bounces')]}
        rows={ends.map((end) => [
          { value: end.event, text: catalog.event(end.event) },
          { value: end.visits, text: format.count(end.visits), look: lookAt(look, end.visits, { [side]: end.event }, `${title} · ${catalog.event(end.event)}`) },
          { value: end.share, text: format.share(end.share) },
          { value: end.bounces, text: format.count(end.bounces) },
        ])}
      />
    </Section>
  );
}
