import type { TFunction } from 'i18next';

import type { Schemas } from '../api/client';

type Formula = Schemas['Formula'];
type Metric = Schemas['MetricOut'];

/** A formula as a phrase in the reader's language; metrics are called by their titles. */
export function inWords(formula: Formula, metrics: Metric[], t: TFunction, language: string): string {
  if (formula.kind === 'ratio') {
    return `${side(formula.numerator, metrics, language)} ÷ ${side(formula.denominator, metrics, language)}`;
  }
  const phrase = t(`formula.${formula.how}`, {
    fact: t(`metric_fact.${formula.fact}`), column: t(`metric_column.${formula.column}`, { defaultValue: formula.column }),
  });
  if (formula.where.length === 0) return phrase;
  const asked = formula.where.map((one) => filter(one, t)).join(t('formula.and'));
  return t('formula.where', { phrase, asked });
}

function side(parts: Schemas['MetricPart'][], metrics: Metric[], language: string): string {
  const phrase = parts.map((part, place) => {
    const sign = part.factor < 0 ? '− ' : place > 0 ? '+ ' : '';
    const size = Math.abs(part.factor) === 1 ? '' : `${Math.abs(part.factor)} × `;
    return sign + size + titleOf(part.metric, metrics, language);
  }).join(' ');
  return parts.length > 1 ? `(${phrase})` : phrase;
}

export function titleOf(name: string, metrics: Metric[], language: string): string {
  return metrics.find((metric) => metric.name === name)?.title[language] ?? name;
}

function filter(one: Schemas['MetricFilter'], t: TFunction): string {
  const column = t(`metric_column.${one.column}`, { defaultValue: one.column });
  if (one.value === true && one.operator === 'equals') return column;
  const values = (Array.isArray(one.value) ? one.value : [one.value]).map((value) => t(`value.${String(value)}`, { defaultValue: String(value) }));
  const value = values.join(t('formula.comma'));
  return `${column} ${t(`operator.${one.operator}`)} ${value}`;
}
