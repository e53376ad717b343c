import { Button, Skeleton } from 'antd';
import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { NextStep } from '../components/NextStep';
import { Section } from '../components/Section';
import { useFormat, type Format } from '../format';
import { colors } from '../theme';
import { AnswerCard, Figures, type Figure } from './AnswerCard';
import { Fact, Facts } from './Facts';
import { usePeople, type Look } from './People';
import { usePeriod } from './times';
import { SIDES, Split, tenths, tones, useSide, useTitle } from './voice';
import { voiceAsked, type VoiceSpec } from './VoiceQuestion';
import { Moments, Reasons } from './VoiceReasons';
import { Topics } from './VoiceTopics';

const Chart = lazy(() => import('../components/Chart'));
type Answer = Schemas['VoiceAnswer'];
const HEIGHT = 280;

export function VoiceAnswer({ answer, spec, showAll }: { answer: Answer; spec: object; showAll: () => void }) {
  const { t } = useTranslation();
  const people = usePeople('voice', useMemo(() => voiceAsked(spec as VoiceSpec), [spec]));
  if (answer.choices.kind.length === 0) {
    return (
      <Section>
        <NextStep text={t('voice.empty')} command="zhiyin import RECIPE FILE… && zhiyin run"><p className="muted">{t('voice.empty_events')}</p></NextStep>
      </Section>
    );
  }
  if (answer.total.texts === 0) {
    return <Section><NextStep text={t('voice.none_here')}><p><Button onClick={showAll}>{t('voice.show_all')}</Button></p></NextStep></Section>;
  }
  return (
    <>
      <Total answer={answer} />
      {answer.starts.length > 0 && <OverTime answer={answer} look={people.look} />}
      <Topics answer={answer} look={people.look} />
      <div className="columns even top">
        <Aspects answer={answer} look={people.look} />
        <Reasons answer={answer} look={people.look} />
      </div>
      <Moments answer={answer} look={people.look} />
      <Products answer={answer} />
      {people.drawer}
    </>
  );
}

function Total({ answer: { total, earlier, methods } }: { answer: Answer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const changed = earlier && earlier.texts > 0 ? t('voice.versus', { change: format.change(total.texts / earlier.texts - 1) }) : undefined;
  const worse = earlier && total.negative_share !== null && earlier.negative_share !== null
    ? t('voice.versus', { change: format.points(tenths(total.negative_share - earlier.negative_share)) }) : undefined;
  const isByWords = methods.some((one) => one.method === 'lexicon');
  return (
    <Facts>
      <Fact name={t('voice.texts')} value={format.count(total.texts)} foot={changed} />
      <Fact name={t('voice.negative_share')} value={format.share(total.negative_share)} foot={worse ?? t('voice.of_judging')} />
      <Fact name={t('voice.score')} value={format.decimal(total.score)} foot={t('voice.score_foot')} />
      <Fact name={t('voice.people')} value={format.count(total.people)} foot={t(isByWords ? 'voice.by_words' : 'voice.by_model')} />
    </Facts>
  );
}

function OverTime({ answer, look }: { answer: Answer; look: Look | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const side = useSide();
  const period = usePeriod(answer.interval ?? 'day');
  const lookAt = (place: number, sentiment: string) => {
    const { start, ...line } = answer.lines[place];
    return look && line[sentiment as 'positive'] > 0
      ? () => look({ at: start, sentiment }, [period.full(start), side(sentiment)].join(' · ')) : undefined;
  };
  const option = timeOption(answer, { side, short: period.short, full: period.full, share: t('voice.negative_share'), format });
  const rows = answer.lines.map((line, place): Figure[] => [
    { value: line.start, text: line.is_whole ? period.full(line.start) : `${period.full(line.start)} (${t('insights.incomplete')})` },
    { value: line.texts, text: format.count(line.texts) },
    ...SIDES.map((one) => ({ value: line[one], text: format.count(line[one]), look: lookAt(place, one) })),
    { value: line.negative_share, text: format.share(line.negative_share) },
  ]);
  return (
    <AnswerCard
      title={t('voice.over_time')} file="voice" rows={rows}
      columns={[t(`insights.interval.${answer.interval}`), t('voice.texts'), ...SIDES.map(side), t('voice.negative_share')]}
      foot={<p className="muted ask-hint">{look && t('voice.pick_bar')} {answer.undated > 0 && t('voice.undated', { count: answer.undated, shown: format.count(answer.undated) })}</p>}
    >
      <Suspense fallback={<Skeleton.Node active style={{ width: '100%', height: HEIGHT }} />}>
        <Chart option={option} height={HEIGHT} label={t('voice.over_time')} onPick={(place, series) => SIDES[series] && lookAt(place, SIDES[series])?.()} />
      </Suspense>
    </AnswerCard>
  );
}

type Words = { side: (key: string) => string; short: (start: string) => string; full: (start: string) => string; share: string; format: Format };

function timeOption({ lines }: Answer, { side, short, full, share, format }: Words) {
  const axis = { axisTick: { show: false }, axisLine: { lineStyle: { color: colors.line } } };
  return {
    grid: { left: 8, right: 8, top: 40, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 8, itemGap: 20 },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true },
    xAxis: {
      type: 'category', data: lines.map((line) => full(line.start)), ...axis,
      axisLabel: { color: colors.muted, hideOverlap: true, formatter: (_: string, place: number) => short(lines[place].start) },
    },
    yAxis: [
      { type: 'value', minInterval: 1, splitNumber: 4, splitLine: { lineStyle: { color: colors.line } }, axisLabel: { color: colors.muted, formatter: (value: number) => format.compact(value) } },
      { type: 'value', min: 0, max: 1, interval: 0.25, splitLine: { show: false }, axisLabel: { color: colors.muted, formatter: (value: number) => format.share(value, 0) } },
    ],
    series: [
      ...SIDES.map((one) => ({
        name: side(one), type: 'bar', stack: 'texts', cursor: 'pointer', barMaxWidth: 36, itemStyle: { color: tones[one] },
        data: lines.map((line) => line[one]), tooltip: { valueFormatter: (value: number) => format.count(value) },
      })),
      {
        name: share, type: 'line', yAxisIndex: 1, data: lines.map((line) => line.negative_share), symbolSize: 5, connectNulls: false,
        lineStyle: { color: colors.ink, width: 1.5 }, itemStyle: { color: colors.ink }, tooltip: { valueFormatter: (value: number | null) => format.share(value) },
      },
    ],
  };
}

function Aspects({ answer, look }: { answer: Answer; look: Look | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const side = useSide();
  const title = useTitle(answer);
  const rows = answer.aspects.map((one): Figure[] => [
    { value: one.aspect, text: title(one.aspect) },
    { value: one.negative_share, text: <Split tally={one} /> },
    ...(['positive', 'negative'] as const).map((sentiment) => ({
      value: one[sentiment], text: format.count(one[sentiment]),
      look: look ? () => look({ aspect: one.aspect, sentiment }, `${title(one.aspect)} · ${side(sentiment)}`) : undefined,
    })),
    { value: one.negative_share, text: format.share(one.negative_share, 0) },
  ]);
  return (
    <Section title={t('voice.aspects')} flush={rows.length > 0}>
      {rows.length === 0 ? <p className="muted">{t('voice.no_aspects')}</p> : (
        <Figures words={2} rows={rows} columns={[t('voice.aspect'), t('voice.split'), side('positive'), side('negative'), t('voice.negative_share')]} />
      )}
    </Section>
  );
}

function Products({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (answer.products.length === 0) return null;
  return (
    <Section title={t('voice.products')} flush>
      <Figures
        columns={[t('voice.product'), t('voice.texts'), t('value.negative'), t('voice.negative_share')]}
        rows={answer.products.map((one) => [
          { value: one.product_id, text: <span className="person"><b>{one.name ?? one.product_id}</b>{one.name && <small>{one.product_id}</small>}</span> },
          { value: one.texts, text: format.count(one.texts) },
          { value: one.negative, text: format.count(one.negative) },
          { value: one.negative_share, text: format.share(one.negative_share) },
        ])}
      />
    </Section>
  );
}
