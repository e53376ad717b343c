import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useTitles } from '../conditions';
import { useFormat } from '../format';

export type Found = Schemas['LineageOut'];
export type Thing = Schemas['ObjectOut'];
export type Step = Schemas['TraceNode'];
export type Tone = 'plain' | 'blue' | 'green' | 'orange' | 'red' | 'purple' | 'gold' | 'teal';

// What arrived is green, what is stored blue, what people define purple, what goes out orange.
const TONES: Record<string, Tone> = {
  file: 'green', log: 'green', source: 'green', field: 'green', row: 'green',
  table: 'blue', column: 'blue', order: 'blue', refund: 'blue', event: 'blue', visit: 'blue', record: 'blue', touch: 'blue',
  feature: 'teal', model: 'teal', score: 'teal', attribute: 'teal',
  tag: 'purple', audience: 'purple', metric: 'purple', condition: 'purple',
  strategy: 'gold', campaign: 'orange', experiment: 'orange', decision: 'orange', message: 'orange', messages: 'orange',
};

export const toneOf = (kind: string): Tone => TONES[kind] ?? 'plain';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const MONEY = new Set(['amount', 'unit_price', 'discount', 'revenue', 'offer_cost', 'monetary', 'average_order']);

/** Names of kinds, relations and values, and titles in the language chosen. */
export function useWords() {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  const value = (name: string, given: unknown, attribute = name): string => {
    if (given === null || given === undefined) return '';
    if (typeof given === 'boolean') return given ? t('rule.yes') : t('rule.no');
    if (typeof given === 'number') return MONEY.has(name) ? format.money(given) : format.decimal(given, Number.isInteger(given) ? 0 : 3);
    const text = String(given);
    if (INSTANT.test(text)) return format.time(text.endsWith('Z') || text.includes('+') ? text : `${text}Z`);
    if (name === 'arm' || name === 'state' || name === 'status') return t(`state.${text}`, { defaultValue: text });
    if (name === 'channel') return t(`channel.${text}`, { defaultValue: text });
    return titles.value(attribute, text);
  };
  return {
    kind: (kind: string) => t(`lineage.kind.${kind}`, { defaultValue: kind }),
    via: (via: string) => t(`lineage.via.${via}`, { defaultValue: via }),
    name: (name: string) => t(`lineage.value.${name}`, { defaultValue: t(`field.${name}`, { defaultValue: name }) }),
    value,
    title: (one: { title: Record<string, string>; kind: string; name: string }) => {
      if (one.kind === 'feature') return t(`feature.${one.name}`, { defaultValue: one.name });
      if (one.kind === 'score') return titles.score(one.name);
      if (one.kind === 'attribute') return titles.attribute(one.name.split('.').at(-1) ?? one.name);
      return one.title[i18n.language] ?? '';
    },
    condition: (written: string) => condition(written, titles, t),
  };
}

type Titles = ReturnType<typeof useTitles>;
type Tell = ReturnType<typeof useTranslation>['t'];

/** Returns one leaf of a condition in words: who is asked for, compared how, with what. */
function condition(written: string, titles: Titles, t: Tell): string {
  let leaf: Record<string, unknown>;
  try {
    leaf = JSON.parse(written) as Record<string, unknown>;
  } catch {
    return written;
  }
  const { attribute, tag, score, audience, did, everyone, ...rest } = leaf;
  if (everyone) return t('lineage.everyone');
  const name = String(attribute ?? tag ?? score ?? audience ?? did ?? '');
  const asked =
    attribute !== undefined ? titles.attribute(name)
    : tag !== undefined ? titles.tag(name)
    : score !== undefined ? titles.score(name)
    : audience !== undefined ? titles.audience(name)
    : titles.event(name);
  const compared = Object.entries(rest).map(([operator, value]) => {
    const shown = Array.isArray(value) ? value : [value];
    const values = shown.map((one) => (typeof one === 'boolean' ? (one ? t('rule.yes') : t('rule.no')) : titles.value(name, String(one)))).join(' / ');
    return `${t(`operator.${operator}`, { defaultValue: operator })} ${values}`;
  });
  return [asked, ...compared].join(' ');
}
