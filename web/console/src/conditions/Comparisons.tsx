import { Button, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import { ValueInput } from './ValueInput';

export type Terms = Record<string, unknown>;

/** Operator and value; a condition from a file may hold several, and each can be changed. */
export function Comparisons(props: {
  kind: string;
  operators: string[];
  terms: Terms;
  change: (terms: Terms) => void;
  values?: string[];
  attribute?: string;
  unit?: string | null;
  isOptional?: boolean;
}) {
  const { t } = useTranslation();
  const { kind, operators, terms, change } = props;
  const entries = Object.entries(terms);
  if (entries.length === 0) {
    return props.isOptional ? (
      <Button size="small" type="link" onClick={() => change(freshTerms(kind, operators, props.values))}>
        {t('rule.with_value')}
      </Button>
    ) : null;
  }
  return (
    <>
      {entries.map(([operator, value]) => (
        <span className="rule-term" key={operator}>
          <Select
            size="small" value={operator} aria-label={t('rule.operator')} popupMatchSelectWidth={false}
            onChange={(chosen) => change(renamed(terms, operator, chosen))}
            options={operators.map((name) => ({
              value: name, disabled: name !== operator && name in terms,
              label: t(`operator.${kind === 'time' ? 'time_' : ''}${name}`, { defaultValue: t(`operator.${name}`) }),
            }))}
          />
          <ValueInput
            kind={kind} operator={operator} value={value} values={props.values} attribute={props.attribute}
            unit={props.unit} change={(changed) => change({ ...terms, [operator]: changed })}
          />
        </span>
      ))}
    </>
  );
}

/** The first comparison that somebody sees who has just chosen what it is about. */
export function freshTerms(kind: string, operators: string[], values: string[] = []): Terms {
  if (kind === 'boolean') return { equals: true };
  if (kind === 'time') return { after: undefined };
  if (kind === 'number') return { [operators.includes('at_least') ? 'at_least' : operators[0]]: undefined };
  return values.length ? { one_of: [] } : { equals: '' };
}

function renamed(terms: Terms, from: string, to: string): Terms {
  const keeps = (from === 'one_of') === (to === 'one_of') && from !== 'exists' && to !== 'exists';
  const fresh = to === 'one_of' ? [] : to === 'exists' ? true : undefined;
  return Object.fromEntries(
    Object.entries(terms).map(([name, value]) => (name === from ? [to, keeps ? value : fresh] : [name, value])),
  );
}
