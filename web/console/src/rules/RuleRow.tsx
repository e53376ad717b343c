import { DeleteOutlined } from '@ant-design/icons';
import { Button, Checkbox, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import { useFormat } from '../format';
import { KINDS, type Kind, type Leaf } from './tree';
import { ValueInput } from './ValueInput';
import { useTitles, type Fields } from './vocabulary';

const NUMBER_OPERATORS = ['at_least', 'above', 'at_most', 'below', 'equals'];
const SCORE_OPERATORS = ['at_least', 'above', 'at_most', 'below'];

/** One condition: what it is about, and what has to hold. */
export function RuleRow(props: {
  leaf: Leaf;
  fields: Fields;
  change: (leaf: Leaf) => void;
  remove: () => void;
}) {
  const { t } = useTranslation();
  const { leaf, fields, change } = props;
  const titles = useTitles();
  return (
    <div className="rule-row">
      <div className="rule-parts">
        <Checkbox checked={leaf.isNegated} onChange={(event) => change({ ...leaf, isNegated: event.target.checked })}>
          {t('rule.not')}
        </Checkbox>
        <Select<Kind>
          size="small" value={leaf.kind} aria-label={t('rule.kind')} className="rule-kind"
          onChange={(kind) => change({ ...leaf, kind, name: '', terms: {} })}
          options={KINDS.map((kind) => ({ value: kind, label: t(`rule.kinds.${kind}`) }))}
        />
        <Select
          size="small" showSearch={{ optionFilterProp: 'label' }} className="rule-name" value={leaf.name || undefined}
          placeholder={t(`rule.choose.${leaf.kind}`)} aria-label={t(`rule.choose.${leaf.kind}`)}
          onChange={(name) => change({ ...leaf, name, terms: firstTerms(leaf.kind, name, fields) })}
          options={namesOf(leaf.kind, fields).map((name) => ({ value: name, label: labelOf(leaf.kind, name, titles) }))}
        />
        <Terms leaf={leaf} fields={fields} change={(terms) => change({ ...leaf, terms })} />
      </div>
      <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('rule.remove')} onClick={props.remove} />
    </div>
  );
}

function namesOf(kind: Kind, fields: Fields): string[] {
  switch (kind) {
    case 'attribute': return fields.attributes.map((attribute) => attribute.name);
    case 'tag': return fields.tags.map((tag) => tag.tag);
    case 'score': return fields.scores;
    case 'audience': return fields.audiences.map((audience) => audience.name);
    case 'did': return fields.events;
    default: return [];
  }
}

function labelOf(kind: Kind, name: string, titles: ReturnType<typeof useTitles>): string {
  switch (kind) {
    case 'attribute': return titles.attribute(name);
    case 'tag': return titles.tag(name);
    case 'score': return titles.score(name);
    case 'audience': return titles.audience(name);
    default: return titles.event(name);
  }
}

function firstTerms(kind: Kind, name: string, fields: Fields): Record<string, unknown> {
  if (kind === 'did') return { within_days: 30 };
  if (kind === 'score') return { at_least: name === 'clv' ? 100 : 0.5 };
  if (kind !== 'attribute') return {};
  const attribute = fields.attributes.find((known) => known.name === name);
  if (attribute?.kind === 'number') return { at_least: undefined };
  if (attribute?.kind === 'boolean') return { equals: true };
  if (attribute?.kind === 'time') return { after: undefined };
  return attribute?.values.length ? { one_of: [] } : { equals: '' };
}

type TermsProps = { leaf: Leaf; fields: Fields; change: (terms: Record<string, unknown>) => void };

function Terms(props: TermsProps) {
  const { leaf } = props;
  if (!leaf.name || leaf.kind === 'audience' || leaf.kind === 'everyone') return null;
  if (leaf.kind === 'did') return <DidTerms {...props} />;
  return <Comparisons {...props} />;
}

/** Operator and value; a condition from a file may hold several, and each can be changed. */
function Comparisons({ leaf, fields, change }: TermsProps) {
  const { t } = useTranslation();
  const attribute = fields.attributes.find((known) => known.name === leaf.name);
  const kind = leaf.kind === 'score' ? 'number' : leaf.kind === 'tag' ? 'text' : (attribute?.kind ?? 'text');
  const operators =
    leaf.kind === 'score' ? SCORE_OPERATORS : leaf.kind === 'tag' ? ['equals', 'one_of'] : (attribute?.operators ?? NUMBER_OPERATORS);
  const terms = Object.entries(leaf.terms);
  if (leaf.kind === 'tag' && terms.length === 0) {
    return <Button size="small" type="link" onClick={() => change({ equals: '' })}>{t('rule.with_value')}</Button>;
  }
  return terms.map(([operator, value]) => (
    <span className="rule-term" key={operator}>
      <Select
        size="small" value={operator} aria-label={t('rule.operator')} popupMatchSelectWidth={false}
        onChange={(chosen) => change(renamed(leaf.terms, operator, chosen))}
        options={operators.map((name) => ({ value: name, label: t(`operator.${kind === 'time' ? 'time_' : ''}${name}`, { defaultValue: t(`operator.${name}`) }) }))}
      />
      <ValueInput
        kind={kind} operator={operator} value={value} values={attribute?.values ?? []} attribute={leaf.name}
        change={(changed) => change({ ...leaf.terms, [operator]: changed })}
      />
    </span>
  ));
}

function renamed(terms: Record<string, unknown>, from: string, to: string): Record<string, unknown> {
  const keeps = (from === 'one_of') === (to === 'one_of') && from !== 'exists' && to !== 'exists';
  const fresh = to === 'one_of' ? [] : to === 'exists' ? true : undefined;
  return Object.fromEntries(
    Object.entries(terms).map(([name, value]) => (name === from ? [to, keeps ? value : fresh] : [name, value])),
  );
}

function DidTerms({ leaf, change }: TermsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { within_days: days, at_least: least, ...filters } = leaf.terms as { within_days?: number; at_least?: number };
  return (
    <>
      <span className="rule-term">
        {t('rule.within')}
        <InputNumber
          size="small" min={1} max={3650} value={days} aria-label={t('rule.within_label')} placeholder={t('rule.ever')}
          onChange={(value) => change(without({ ...leaf.terms, within_days: value ?? undefined }))}
        />
        {t('rule.days')}
      </span>
      <span className="rule-term">
        {t('rule.times')}
        <InputNumber
          size="small" min={1} max={10000} value={least ?? 1} aria-label={t('rule.times_label')}
          onChange={(value) => change(without({ ...leaf.terms, at_least: value && value > 1 ? value : undefined }))}
        />
        {t('rule.times_unit')}
      </span>
      {Object.entries(filters).map(([name, value]) => (
        <span className="rule-term muted" key={name}>
          {t(`field.${name}`, { defaultValue: name })} = {typeof value === 'number' ? format.decimal(value) : String(value)}
        </span>
      ))}
    </>
  );
}

function without(terms: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined));
}
