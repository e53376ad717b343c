import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Bands } from './Bands';
import { Amount, Choice } from './Choice';
import { pruned, type Evidence, type Statistic } from './body';

type Words = Schemas['TagWords'];
const WITHOUT_COLUMN = ['count', 'days_since'];
const OF_NUMBERS = ['sum', 'mean', 'least', 'greatest', 'percentile', 'trend'];

export function useFactWords(words: Words) {
  const { t } = useTranslation();
  const label = (name: string) => t(`fact_column.${name}`, { defaultValue: name });
  const columns = (of: string, kind?: string) =>
    (words.facts.find((one) => one.name === of)?.columns ?? [])
      .filter((column) => !kind || column.kind === kind)
      .map((column) => ({ value: column.name, label: label(column.name) }));
  return {
    kinds: words.facts.map((one) => ({ value: one.name, label: t(`fact_kind.${one.name}`) })),
    columns,
    takes: words.takes.map((take) => ({ value: take, label: t(`tag_take.${take}`) })),
    events: words.events.map((event) => ({ value: event, label: t(`event.${event.replaceAll(' ', '_')}`, { defaultValue: event }) })),
  };
}

/** Which facts count: their kind, the event, how far back. */
export function AskedFields<T extends Statistic | Evidence>({ asked, words, change }: { asked: T; words: Words; change: (asked: T) => void }) {
  const { t } = useTranslation();
  const known = useFactWords(words);
  const event = asked.where?.event;
  const setEvent = (name?: string) => {
    const { event: _, ...others } = asked.where ?? {};
    const where = name ? { ...others, event: name } : others;
    change(pruned({ ...asked, where: Object.keys(where).length ? where : undefined }));
  };
  return (
    <>
      <Choice name={t('tags.of')} value={asked.of} options={known.kinds} change={(of) => of && change({ ...asked, of, where: undefined })} />
      {asked.of === 'events' && (
        <Choice name={t('tags.event')} value={typeof event === 'string' ? event : undefined} options={known.events} change={setEvent} isOptional />
      )}
    </>
  );
}

/** A figure over a person's facts. */
export function StatisticForm({ statistic, words, change }: { statistic: Statistic; words: Words; change: (statistic: Statistic) => void }) {
  const { t } = useTranslation();
  const known = useFactWords(words);
  const needs = !WITHOUT_COLUMN.includes(statistic.take);
  const set = (part: Partial<Statistic>) => change(pruned({ ...statistic, ...part }));
  return (
    <div className="tag-form">
      <AskedFields asked={statistic} words={words} change={(asked) => change(pruned({ ...asked, column: undefined }))} />
      <Choice name={t('tags.take')} value={statistic.take} options={known.takes} change={(take) => take && set({ take, column: undefined, percentile: undefined })} />
      {needs && (
        <Choice
          name={t('tags.column')} value={statistic.column} isOptional={statistic.take === 'trend'}
          options={known.columns(statistic.of, OF_NUMBERS.includes(statistic.take) ? 'number' : undefined)}
          change={(column) => set({ column })}
        />
      )}
      {statistic.take === 'percentile' && <Amount name={t('tags.percentile')} value={statistic.percentile ?? 0.5} min={0} max={1} step={0.05} change={(percentile) => set({ percentile })} />}
      <Amount name={t('tags.within_days')} value={statistic.within_days} min={1} change={(within_days) => set({ within_days })} />
      <Amount name={t('tags.least_facts')} value={statistic.least_facts} min={1} change={(least_facts) => set({ least_facts })} />
      <div className="tag-field whole"><span className="tag-field-name">{t('tags.bands')}</span>
        <Bands bands={statistic.bands ?? []} change={(bands) => set({ bands })} />
      </div>
    </div>
  );
}
