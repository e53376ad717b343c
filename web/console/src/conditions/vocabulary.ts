import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';

export type Fields = Schemas['Fields'];

type Titled = { title: Record<string, string> };

/** Names for what the workspace itself defines: tags and audiences carry titles per language. */
export function useTitles() {
  const { t, i18n } = useTranslation();
  const { data } = useGet('/api/fields', {}, {});
  const titled = (found: Titled | undefined, name: string) => found?.title[i18n.language] || name;
  return {
    tag: (name: string) => titled(data?.tags.find((tag) => tag.tag === name), name),
    unit: (name: string) => data?.tags.find((tag) => tag.tag === name)?.unit ?? null,
    audience: (name: string) => titled(data?.audiences.find((audience) => audience.name === name), name),
    attribute: (name: string) => t(`field.${name}`, { defaultValue: name }),
    score: (name: string) => t(`model.${name}`, { defaultValue: name }),
    event: (name: string) => t(`event.${name.replaceAll(' ', '_')}`, { defaultValue: name }),
    value: (attribute: string, value: string) => {
      const named = data?.attributes.find((one) => one.name === attribute)?.titles?.[value]?.[i18n.language];
      return named || t(`${kindOf(attribute)}.${value}`, { defaultValue: value });
    },
  };
}

function kindOf(attribute: string): string {
  const kinds: Record<string, string> = {
    value_tier: 'tier', stage: 'stage', rfm_segment: 'segment', gender: 'gender',
    acquisition_channel: 'channel', favourite_channel: 'channel', channel_preference: 'channel',
  };
  return kinds[attribute] ?? 'value';
}
