import { Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Section } from '../components/Section';
import { useTitles } from '../conditions';
import { useFormat } from '../format';

type Tag = Schemas['TagOut'];
type Preference = Schemas['Preference'];

const GROUPS = {
  origin: ['rule', 'statistic', 'preference', 'model', 'manual', 'imported'],
  family: ['value', 'behavior', 'preference', 'need', 'basic'],
} as const;
type By = keyof typeof GROUPS;

/** The tags that hold, by where they come from or by what they are about. */
export function Tags({ tags, preferences }: { tags: Tag[]; preferences: Preference[] }) {
  const { t } = useTranslation();
  const [by, setBy] = useState<By>('origin');
  const isRanked = tags.some((tag) => tag.importance !== 1);
  const choice = (
    <Segmented<By>
      size="small" value={by} onChange={setBy} aria-label={t('customer.tags_by')}
      options={[{ value: 'origin', label: t('customer.by_origin') }, { value: 'family', label: t('customer.by_family') }]}
    />
  );
  return (
    <Section title={<>{t('customer.tags')} {isRanked && <small className="muted">{t('customer.tags_ranked')}</small>}</>} extra={tags.length > 0 && choice}>
      {tags.length === 0 && <NextStep text={t('customer.no_tags')} />}
      {GROUPS[by].map((group) => {
        const mine = tags.filter((tag) => tag[by] === group);
        if (mine.length === 0) return null;
        return (
          <div className="family" key={group}>
            <span className="family-name">{t(by === 'origin' ? `tag_kind.${group}` : `family.${group}`)}</span>
            <span>{mine.map((tag) => <OneTag key={tag.tag} tag={tag} beside={preferences.filter((one) => one.tag === tag.tag)} />)}</span>
          </div>
        );
      })}
    </Section>
  );
}

function OneTag({ tag, beside }: { tag: Tag; beside: Preference[] }) {
  const { t } = useTranslation();
  const titles = useTitles();
  const format = useFormat();
  const isMoney = titles.unit(tag.tag) === 'currency' && tag.value !== null && Number.isFinite(Number(tag.value));
  if (beside.length === 0) {
    return (
      <Chip>
        {titles.tag(tag.tag)}
        {tag.value && `: ${isMoney ? format.money(Number(tag.value)) : titles.value(tag.tag, tag.value)}`}
        {tag.valid_until && <small> {t('customer.until', { day: format.date(tag.valid_until) })}</small>}
      </Chip>
    );
  }
  return (
    <span className="preference">
      <span className="muted">{titles.tag(tag.tag)}</span>
      {beside.map((one) => (
        <Chip key={one.value}>{titles.value(tag.tag, one.value)} <small>{format.share(one.weight, 0)}</small></Chip>
      ))}
    </span>
  );
}
