import { useTranslation } from 'react-i18next';

import { useGet } from '../api/hooks';
import { useTitles } from '../conditions';

/** What may be asked about: events that were seen, most frequent first, and their properties. */
export function useCatalog() {
  const { t, i18n } = useTranslation();
  const catalog = useGet('/api/catalog');
  const fields = useGet('/api/fields');
  const titles = useTitles();
  const seen = (catalog.data?.events ?? []).filter((one) => one.is_seen);
  const names = new Set([...seen.map((one) => one.event), ...(fields.data?.events ?? [])]);
  const titleOf = (name: string) =>
    catalog.data?.events.find((one) => one.event === name)?.title[i18n.language] || titles.event(name);
  return {
    isLoaded: !!catalog.data && !!fields.data,
    error: catalog.error ?? fields.error,
    again: () => void Promise.all([catalog.refetch(), fields.refetch()]),
    events: [...names],
    /** Events that the tracking plan expects and nobody sent yet. */
    planned: (catalog.data?.events ?? []).map((one) => one.event).filter((name) => !names.has(name)),
    properties: (catalog.data?.properties ?? []).filter((one) => one.kind !== null),
    fields: fields.data,
    event: titleOf,
    property: (name: string) => t(`field.${name}`, { defaultValue: name }),
  };
}

export type Catalog = ReturnType<typeof useCatalog>;

/** The first names of a list that were seen; most frequent ones where fewer than `least` were. */
export function seenOf(catalog: Catalog, wanted: string[], least: number): string[] {
  const found = wanted.filter((name) => catalog.events.includes(name));
  return found.length >= least ? found : catalog.events.slice(0, Math.max(least, 1));
}

/** What a group of an answer is called. */
export function useGroupName(breakdown: string | undefined) {
  const { t } = useTranslation();
  const titles = useTitles();
  return ({ group, is_other: isOther }: { group: string | null; is_other: boolean }): string => {
    if (!breakdown) return '';
    if (isOther) return t('insights.other');
    if (group === null) return breakdown.startsWith('audience:') ? t('insights.not_in') : t('insights.unknown');
    if (breakdown.startsWith('audience:')) return t('insights.in');
    if (breakdown === 'channel' || breakdown === 'platform') return t(`channel.${group}`, { defaultValue: group });
    return breakdown.startsWith('person:') ? titles.value(breakdown.slice(7), group) : group;
  };
}
