import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Bars } from '../components/Bars';
import { NextStep } from '../components/NextStep';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { AnswerCard, type Figure } from './AnswerCard';
import type { BasketsSpec } from './BasketsQuestion';
import { Fact, Facts } from './Facts';
import { usePeople } from './People';
import type { Point } from './question';

type Answer = Schemas['BasketsAnswer'];
/** A row as each kind of question has it; see the documentation of baskets. */
type Row = {
  item?: string;
  other?: string;
  items?: string[];
  antecedent?: string[];
  consequent?: string[];
  baskets?: number;
  followers?: number;
  buyers?: number;
  support?: number;
  confidence?: number;
  share?: number;
  base_share?: number;
  lift?: number;
  leverage?: number;
  mean_days?: number;
};
const DRAWN = 12;

export function BasketsAnswer({ answer, spec, choose }: { answer: Answer; spec: BasketsSpec; choose: (item: string) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { look, drawer } = usePeople('baskets', spec);
  const rows = answer.rows as Row[];
  const name = (item: string) => answer.titles[item] ?? item;
  const names = (row: Row) => [row.item, row.other, ...(row.items ?? []), ...(row.antecedent ?? []), ...(row.consequent ?? [])].filter((one) => one !== undefined);
  const title = (row: Row) =>
    row.items ? row.items.map(name).join(' + ') : `${(row.antecedent ?? [row.item ?? '']).map(name).join(' + ')} → ${(row.consequent ?? [row.other ?? '']).map(name).join(' + ')}`;
  const point = ({ item, other, items, antecedent, consequent }: Row): Point =>
    Object.fromEntries(Object.entries({ item, other, items, antecedent, consequent }).filter(([, value]) => value !== undefined));
  const open = (row: Row) => (look ? () => look(point(row), title(row)) : undefined);
  const facts = (
    <Facts>
      <Fact name={t('insights.orders_seen')} value={format.count(answer.baskets)} />
      <Fact name={t(`insights.basket_found.${answer.kind}`)} value={format.count(answer.found)} foot={answer.found > rows.length && t('insights.rows_shown', { count: rows.length, shown: format.count(rows.length) })} />
      <Fact name={t('insights.best')} value={answer.kind === 'sets' ? format.share(rows[0]?.support) : times(format.hundredths(highest(rows, 'lift')?.lift))} foot={rows.length > 0 && title(answer.kind === 'sets' ? rows[0] : (highest(rows, 'lift') ?? rows[0]))} />
      <Fact name={t('insights.most_frequent')} value={format.count(count(highest(rows, answer.kind === 'then' ? 'followers' : 'baskets')))} foot={rows.length > 0 && title(highest(rows, answer.kind === 'then' ? 'followers' : 'baskets') ?? rows[0])} />
    </Facts>
  );
  if (rows.length === 0) {
    return <>{facts}<Section><NextStep text={t(answer.baskets === 0 ? 'insights.no_orders' : 'insights.no_rows')} /></Section></>;
  }
  const figure: Record<string, (row: Row) => Figure> = {
    item: (row) => ({ value: row.item ?? '', text: name(row.item ?? ''), look: () => choose(row.item ?? '') }),
    other: (row) => ({ value: row.other ?? '', text: name(row.other ?? ''), look: () => choose(row.other ?? '') }),
    items: (row) => ({ value: (row.items ?? []).join(' + '), text: title(row) }),
    antecedent: (row) => ({ value: (row.antecedent ?? []).join(' + '), text: (row.antecedent ?? []).map(name).join(' + ') }),
    consequent: (row) => ({ value: (row.consequent ?? []).join(' + '), text: (row.consequent ?? []).map(name).join(' + ') }),
    orders: (row) => ({ value: row.baskets ?? null, text: format.count(row.baskets), look: open(row) }),
    followers: (row) => ({ value: row.followers ?? null, text: format.count(row.followers), look: open(row) }),
    buyers: (row) => ({ value: row.buyers ?? null, text: format.count(row.buyers) }),
    support: (row) => ({ value: row.support ?? null, text: format.share(row.support, 2) }),
    confidence: (row) => ({ value: row.confidence ?? null, text: format.share(row.confidence) }),
    share: (row) => ({ value: row.share ?? null, text: format.share(row.share) }),
    base_share: (row) => ({ value: row.base_share ?? null, text: format.share(row.base_share) }),
    lift: (row) => ({ value: row.lift ?? null, text: times(format.hundredths(row.lift)) }),
    leverage: (row) => ({ value: row.leverage ?? null, text: format.points(row.leverage) }),
    mean_days: (row) => ({ value: row.mean_days ?? null, text: format.tenths(row.mean_days) }),
  };
  const columns = COLUMNS[answer.kind];
  const measure = answer.kind === 'sets' ? 'support' : ((answer.kind === 'then' ? THEN : DRAWN_BY)[spec.sort ?? ''] ?? 'lift');
  const drawn = rows.slice(0, DRAWN);
  const size = (row: Row) => Math.max(0, Number(row[measure as keyof Row] ?? 0));
  return (
    <>
      {facts}
      <AnswerCard
        title={spec.item ? t(`insights.basket_of.${answer.kind}`, { item: name(spec.item) }) : t(`insights.basket_title.${answer.kind}`)} file={`baskets-${answer.kind}`}
        columns={columns.map((key) => t(`insights.basket_columns.${key}`))} words={WORDS[answer.kind]} first="table"
        rows={rows.map((row) => columns.map((key) => figure[key](row)))}
        foot={<p className="muted ask-hint">{look && t('insights.pick_row')} {t(`insights.basket_hint.${answer.kind}`)}</p>}
      >
        <Bars
          label={t(`insights.basket_title.${answer.kind}`)} isWide
          bars={drawn.map((row) => ({ key: names(row).join('|'), name: title(row), value: size(row), look: open(row), text: <>{figure[measure](row).text} <span className="muted">{t(`insights.basket_columns.${measure}`)}</span></> }))}
        />
      </AnswerCard>
      {drawer}
    </>
  );
}

const COLUMNS: Record<string, string[]> = {
  pairs: ['item', 'other', 'orders', 'support', 'confidence', 'lift', 'leverage'],
  sets: ['items', 'orders', 'support'],
  rules: ['antecedent', 'consequent', 'orders', 'support', 'confidence', 'lift', 'leverage'],
  then: ['item', 'other', 'followers', 'buyers', 'share', 'base_share', 'lift', 'mean_days'],
};
const WORDS: Record<string, number> = { pairs: 2, sets: 1, rules: 2, then: 2 };
/** By which column what comes next is sorted. */
const THEN: Record<string, string> = { confidence: 'share', support: 'followers' };

/** Which figure is drawn; leverage may be negative, so lift stands for it. */
const DRAWN_BY: Record<string, string> = { confidence: 'confidence', support: 'support' };

const times = (text: string) => `${text}×`;
const count = (row: Row | undefined) => row?.followers ?? row?.baskets;

function highest(rows: Row[], key: 'lift' | 'baskets' | 'followers'): Row | undefined {
  return rows.reduce<Row | undefined>((best, row) => (best === undefined || (row[key] ?? 0) > (best[key] ?? 0) ? row : best), undefined);
}
