import type { Tree } from '../conditions';

export const FAMILIES = ['value', 'behavior', 'preference', 'need', 'basic'] as const;
export type Family = (typeof FAMILIES)[number];
export const KINDS = ['rule', 'statistic', 'preference', 'model', 'manual', 'imported'] as const;
export type Kind = (typeof KINDS)[number];

export type Band = { below?: number | null; is: string };
export type Filters = Record<string, unknown>;
export type Statistic = {
  of: string; take: string; column?: string; percentile?: number; within_days?: number; least_facts?: number;
  where?: Filters; bands?: Band[];
};
export type Evidence = { of: string; where?: Filters; weight?: number; times?: string; within_days?: number };
export type Preference = {
  by: string; evidence: Evidence[]; half_life_days?: number; within_days?: number; top?: number;
  least_share?: number; least_facts?: number;
};
export type Model = { score: string; bands?: Band[] };

/** A tag's definition as its file holds it. */
export type Body = {
  title?: Record<string, string>; description?: Record<string, string>; family?: string; owner?: string;
  unit?: string; valid_days?: number; where?: Tree; value?: { attribute: string; bands?: Band[] };
  statistic?: Statistic; preference?: Preference; model?: Model; manual?: unknown; imported?: unknown;
};

const SOURCES = KINDS.slice(1);

export function kindOf(body: Body): Kind {
  return SOURCES.find((kind) => kind in body) ?? 'rule';
}

const NEW: Record<Kind, Body> = {
  rule: { where: { all: [{ attribute: 'orders', at_least: 2 }] } },
  statistic: { statistic: { of: 'orders', take: 'count', within_days: 365 } },
  preference: { preference: { by: 'category', half_life_days: 90, within_days: 365, top: 3, evidence: [{ of: 'order_lines', weight: 1 }] } },
  model: { model: { score: 'churn' } },
  manual: { manual: true },
  imported: { imported: 'any' },
};

/** The same words with what decides of another kind. */
export function ofKind(body: Body, kind: Kind): Body {
  const { title, description, family, owner, unit, valid_days } = body;
  return pruned({ title, description, family, owner, unit, valid_days, ...NEW[kind] });
}

/** Without what was left empty: a file holds no nulls. */
export function pruned<T extends object>(value: T): T {
  const kept = Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null && inner !== '' && !(Array.isArray(inner) && inner.length === 0));
  return Object.fromEntries(kept) as T;
}
