import { useTranslation } from 'react-i18next';

import { useFormat } from '../format';
import { series } from '../theme';
import { AnswerCard, type Figure } from './AnswerCard';
import { Drawing } from './Drawing';
import type { Answer, Look } from './FunnelAnswer';
import { across, barsOption, upward } from './options';
import { useDuration, usePeriod } from './times';

const HEIGHT = 240;

/** The rate of those who entered in each period; periods whose window is open are hollow. */
export function ConversionOverTime(props: { trend: NonNullable<Answer['trend']>; interval: string; look: Look; steps: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const period = usePeriod(props.interval);
  const { trend, look, steps } = props;
  const lookAt = (place: number, step: number) =>
    look ? () => look({ step, start: trend[place].start }, `${t(step === 1 ? 'insights.entered' : 'insights.converted')} · ${period.full(trend[place].start)}`) : undefined;
  const rows = trend.map((one, place): Figure[] => [
    { value: one.start, text: one.is_complete ? period.full(one.start) : `${period.full(one.start)} (${t('insights.incomplete')})` },
    { value: one.people, text: format.count(one.people), look: lookAt(place, 1) },
    { value: one.converted, text: format.count(one.converted), look: lookAt(place, steps) },
    { value: one.rate, text: format.share(one.rate) },
  ]);
  const option = {
    grid: { left: 8, right: 16, top: 16, bottom: 4, containLabel: true },
    tooltip: { trigger: 'axis', valueFormatter: (value: number | null) => format.share(value) },
    xAxis: across(trend.map((one) => one.start), period.short),
    yAxis: upward((value) => format.share(value, 0), { min: 0, splitNumber: 3 }),
    series: [{
      name: t('insights.conversion'), type: 'line', symbol: 'circle', symbolSize: 7, lineStyle: { width: 2 }, cursor: 'pointer',
      data: trend.map((one) => ({ value: one.rate, itemStyle: one.is_complete ? {} : { color: '#fff', borderColor: series[0], borderWidth: 2 } })),
    }],
  };
  return (
    <AnswerCard
      title={t('insights.rate_over_time')} file="funnel-trend" view="trend_view" rows={rows}
      columns={[t(`insights.interval.${props.interval}`), t('insights.entered'), t('insights.converted'), t('insights.conversion')]}
      foot={trend.some((one) => !one.is_complete) && <p className="muted ask-hint">{t('insights.hollow')}</p>}
    >
      <Drawing option={option} height={HEIGHT} label={t('insights.rate_over_time')} onPick={(place) => lookAt(place, steps)?.()} />
    </AnswerCard>
  );
}

/** How long people took from the first to the last step. */
export function TimeToConvert({ times, names }: { times: Answer['times']; names: string[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const duration = useDuration();
  const { bins } = times;
  const span = (place: number) => `${duration(bins[place].from_seconds)} – ${duration(bins[place].to_seconds)}`;
  const option = barsOption({
    names: bins.map((_, place) => span(place)), series: [{ name: t('insights.people'), data: bins.map((bin) => bin.people) }], isWhole: true,
    say: format.count, axis: format.compact, short: (_, place) => t('insights.from_on', { value: duration(bins[place].from_seconds) }),
  });
  return (
    <AnswerCard
      title={t('insights.time_between', { from: names[times.from_step - 1], to: names[times.to_step - 1] })} file="funnel-times" view="times_view"
      columns={[t('insights.time'), t('insights.people')]}
      rows={bins.map((bin, place) => [{ value: bin.from_seconds, text: span(place) }, { value: bin.people, text: format.count(bin.people) }])}
      foot={<p className="muted ask-hint">{t('insights.times_foot', { median: duration(times.median_seconds), mean: duration(times.average_seconds) })}</p>}
    >
      <Drawing option={option} height={HEIGHT} label={t('insights.times_label')} />
    </AnswerCard>
  );
}
