import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { AskedFields, useFactWords } from './StatisticForm';
import { Amount, Choice } from './Choice';
import { pruned, type Evidence, type Preference } from './body';

type Words = Schemas['TagWords'];

/** What a person's facts speak for, recent ones louder. */
export function PreferenceForm({ preference, words, change }: { preference: Preference; words: Words; change: (preference: Preference) => void }) {
  const { t } = useTranslation();
  const known = useFactWords(words);
  const set = (part: Partial<Preference>) => change(pruned({ ...preference, ...part }));
  const at = (place: number, one: Evidence) => set({ evidence: preference.evidence.map((old, index) => (index === place ? one : old)) });
  const first = preference.evidence[0]?.of ?? 'order_lines';
  return (
    <>
      <div className="tag-form">
        <Choice name={t('tags.by')} value={preference.by} options={known.columns(first, 'text')} change={(by) => by && set({ by })} />
        <Amount name={t('tags.half_life_days')} value={preference.half_life_days} min={1} change={(half_life_days) => set({ half_life_days })} />
        <Amount name={t('tags.within_days')} value={preference.within_days} min={1} change={(within_days) => set({ within_days })} />
        <Amount name={t('tags.top')} value={preference.top ?? 3} min={1} max={20} change={(top) => set({ top })} />
        <Amount name={t('tags.least_share')} value={preference.least_share} min={0} max={1} step={0.05} change={(least_share) => set({ least_share })} />
        <Amount name={t('tags.least_facts')} value={preference.least_facts} min={1} change={(least_facts) => set({ least_facts })} />
      </div>
      <h3>{t('tags.evidence')}</h3>
      {preference.evidence.map((one, place) => (
        <div className="tag-form evidence" key={place}>
          <AskedFields asked={one} words={words} change={(asked) => at(place, asked)} />
          <Amount name={t('tags.evidence_weight')} value={one.weight ?? 1} min={0.001} step={0.1} change={(weight) => at(place, pruned({ ...one, weight }))} />
          <Choice name={t('tags.times')} value={one.times} options={known.columns(one.of, 'number')} change={(times) => at(place, pruned({ ...one, times }))} isOptional />
          <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t('tags.drop_evidence')} disabled={preference.evidence.length === 1} onClick={() => set({ evidence: preference.evidence.filter((_, index) => index !== place) })} />
        </div>
      ))}
      <div>
        <Button size="small" icon={<PlusOutlined />} onClick={() => set({ evidence: [...preference.evidence, { of: 'order_lines', weight: 1 }] })}>{t('tags.add_evidence')}</Button>
      </div>
    </>
  );
}
