import { InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';

import { Proposals } from '../components/Proposals';
import { Section } from '../components/Section';
import { Choice, DaysChoice, daysAsked, NumberPart, Part } from './Controls';
import type { Days } from './question';

export type BasketsSpec = {
  kind?: string;
  level?: string;
  days?: Days;
  item?: string;
  min_support?: number;
  min_baskets?: number;
  within_days?: number;
  sort?: string;
  most?: number;
};
const KINDS = ['pairs', 'sets', 'rules', 'then'];
const LEVELS = ['product', 'category', 'subcategory', 'brand'];
const SORTS = ['leverage', 'lift', 'confidence', 'support'];

/** What a first visit asks: which categories lie in one order more often than chance has it. */
export const usualBaskets: BasketsSpec = { kind: 'pairs', level: 'category', days: { last: 365 }, sort: 'lift' };

/** The question as the server takes it. */
export function basketsAsked(spec: BasketsSpec | undefined): BasketsSpec | undefined {
  return spec && { ...spec, item: spec.item || undefined, days: daysAsked(spec.days ?? { last: 365 }) };
}

type Item = { value: string; label: string };

export function BasketsQuestion(props: { spec: BasketsSpec; items: Item[]; change: (changes: Partial<BasketsSpec>) => void }) {
  const { t } = useTranslation();
  const { spec, change } = props;
  const kind = spec.kind ?? 'pairs';
  const sorts = kind === 'then' ? SORTS.slice(1) : SORTS;
  const sort = spec.sort && sorts.includes(spec.sort) ? spec.sort : sorts[0];
  const isPairs = kind === 'pairs' || kind === 'then';
  return (
    <Section className="ask">
      <div className="ask-parts first">
        <Choice name={t('insights.basket_kind')} value={kind} change={(chosen) => change({ kind: chosen })} choices={KINDS.map((value) => ({ value, label: t(`insights.basket_kinds.${value}`) }))} />
        <Choice name={t('insights.level')} value={spec.level ?? 'product'} change={(level) => change({ level, item: undefined })} choices={LEVELS.map((value) => ({ value, label: t(`insights.levels.${value}`) }))} />
        <ItemChoice item={spec.item} items={props.items} change={(item) => change({ item })} />
        <DaysChoice days={spec.days ?? { last: 365 }} change={(days) => change({ days })} />
      </div>
      <div className="ask-parts">
        {isPairs && <NumberPart name={t(kind === 'then' ? 'insights.least_people' : 'insights.least_orders')} value={spec.min_baskets ?? 5} least={1} most={1_000_000} change={(least) => change({ min_baskets: least })} />}
        {!isPairs && (
          <Part name={t('insights.least_support')}>
            <InputNumber
              min={0.01} max={100} step={0.5} value={100 * (spec.min_support ?? 0.01)} suffix="%" aria-label={t('insights.least_support')} className="ask-share"
              onChange={(share) => share && change({ min_support: Number((share / 100).toFixed(6)) })}
            />
          </Part>
        )}
        {kind === 'then' && <NumberPart name={t('insights.within_days')} value={spec.within_days ?? 90} least={1} most={3660} change={(days) => change({ within_days: days })} />}
        {kind !== 'sets' && <Choice name={t('insights.sorted_by')} value={sort} change={(chosen) => change({ sort: chosen })} choices={sorts.map((value) => ({ value, label: t(`insights.measure_of_rule.${value}`) }))} />}
      </div>
    </Section>
  );
}

function ItemChoice({ item, items, change }: { item: string | undefined; items: Item[]; change: (item: string | undefined) => void }) {
  const { t } = useTranslation();
  const put = (text: string) => (text.trim() || undefined) !== item && change(text.trim() || undefined);
  return (
    <Part name={t('insights.with_item')}>
      <Proposals
        key={item ?? ''} defaultValue={item} options={items} allowClear className="ask-item" popupMatchSelectWidth={260} aria-label={t('insights.with_item')} placeholder={t('insights.any_item')}
        showSearch={{ filterOption: (typed, option) => `${option?.label} ${option?.value}`.toLowerCase().includes(typed.toLowerCase()) }}
        onSelect={(value: string) => put(value)} onClear={() => change(undefined)}
        onBlur={(event) => put((event.target as HTMLInputElement).value ?? '')}
      />
    </Part>
  );
}
