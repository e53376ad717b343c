import { CloseOutlined, FilterOutlined } from '@ant-design/icons';
import { Button, Dropdown, InputNumber, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import { Comparisons, freshTerms, type Terms } from './Comparisons';
import { filtersOf, OPERATORS, WITHIN, type Leaf } from './tree';
import { useTitles, type Fields } from './vocabulary';

type Props = { leaf: Leaf; fields: Fields; change: (terms: Terms) => void };

/** What bounds a behavior: when, how often, how much, with which properties. */
export function DeedTerms(props: Props) {
  const { leaf } = props;
  if (!leaf.name) return null;
  return (
    <>
      <When {...props} />
      {leaf.kind === 'did' && <Times {...props} />}
      {leaf.kind === 'did' && <Since {...props} />}
      {leaf.kind === 'did' && <SumTerm {...props} />}
      <Filters {...props} />
    </>
  );
}

const WHENS = ['ever', ...WITHIN, 'after', 'before'];

/** The window in which something was done. */
export function When({ leaf, change }: Omit<Props, 'fields'>) {
  const { t } = useTranslation();
  const occurs = leaf.kind === 'first_did' || leaf.kind === 'last_did';
  const choices = occurs ? [...WHENS.slice(1), 'older_than_days'] : WHENS;
  const given = choices.filter((key) => key in leaf.terms);
  const rest = Object.fromEntries(Object.entries(leaf.terms).filter(([key]) => !choices.includes(key)));
  if (given.length > 1) return <Bounds leaf={leaf} given={given} change={change} />;
  const now = given[0] ?? 'ever';
  const isDate = now === 'after' || now === 'before';
  return (
    <span className="rule-term">
      <Select
        size="small" value={now} aria-label={t('rule.when_label')} popupMatchSelectWidth={false}
        onChange={(chosen) => change(chosen === 'ever' ? rest : { ...rest, [chosen]: chosen.includes('_') ? 30 : undefined })}
        options={choices.map((key) => ({ value: key, label: t(`rule.when.${key}`) }))}
      />
      {isDate && (
        <Input
          size="small" type="date" className="rule-date" aria-label={t('rule.value')}
          value={String(leaf.terms[now] ?? '').slice(0, 10)}
          onChange={(event) => change({ ...rest, [now]: event.target.value })}
        />
      )}
      {!isDate && now !== 'ever' && (
        <>
          <InputNumber
            size="small" min={1} max={10000} value={leaf.terms[now] as number} aria-label={t('rule.within_label')}
            onChange={(value) => change({ ...rest, [now]: value ?? undefined })}
          />
          {t(`rule.unit.${now}`)}
        </>
      )}
    </span>
  );
}

/** Several bounds of time at once, as a file may hold them: each shown, each can be changed. */
function Bounds({ leaf, given, change }: { leaf: Leaf; given: string[]; change: (terms: Terms) => void }) {
  const { t } = useTranslation();
  return given.map((key) => (
    <span className="rule-term" key={key}>
      {t(`rule.when.${key}`)}
      {key === 'after' || key === 'before' ? (
        <Input
          size="small" type="date" className="rule-date" aria-label={t(`rule.when.${key}`)}
          value={String(leaf.terms[key] ?? '').slice(0, 10)}
          onChange={(event) => change({ ...leaf.terms, [key]: event.target.value })}
        />
      ) : (
        <InputNumber
          size="small" min={1} value={leaf.terms[key] as number} aria-label={t(`rule.when.${key}`)}
          onChange={(value) => change({ ...leaf.terms, [key]: value ?? undefined })}
        />
      )}
    </span>
  ));
}

function Times({ leaf, change }: Props) {
  const { t } = useTranslation();
  const { at_least: least, at_most: most } = leaf.terms as { at_least?: number; at_most?: number };
  const put = (key: string, value: number | null | undefined) =>
    change(without({ ...leaf.terms, [key]: value ?? undefined }));
  return (
    <span className="rule-term">
      {t('rule.times')}
      <InputNumber
        size="small" min={1} max={10000} value={least ?? 1} aria-label={t('rule.times_label')}
        onChange={(value) => put('at_least', value && value > 1 ? value : undefined)}
      />
      {t('rule.times_unit')}
      {most !== undefined && (
        <>
          {t('rule.most')}
          <InputNumber
            size="small" min={least ?? 1} max={10000} value={most} aria-label={t('rule.most_label')}
            onChange={(value) => put('at_most', value)}
          />
        </>
      )}
    </span>
  );
}

function Since({ leaf, fields, change }: Props) {
  const { t } = useTranslation();
  const titles = useTitles();
  if (leaf.terms.since === undefined) return null;
  const since = leaf.terms.since as { did: string };
  return (
    <span className="rule-term">
      {t('rule.since')}
      <Select
        size="small" showSearch value={since.did || undefined} className="rule-name" aria-label={t('rule.since')}
        placeholder={t('rule.choose.did')} onChange={(did) => change({ ...leaf.terms, since: { did } })}
        options={fields.events.map((name) => ({ value: name, label: titles.event(name) }))}
      />
      <Drop label={t('rule.drop_part')} drop={() => change(without({ ...leaf.terms, since: undefined }))} />
    </span>
  );
}

function SumTerm({ leaf, fields, change }: Props) {
  const { t } = useTranslation();
  const measures = factsOf(fields, leaf.name).measures;
  if (leaf.terms.sum === undefined) return null;
  const { of, ...terms } = leaf.terms.sum as { of?: string } & Terms;
  const measure = of ?? measures[0]?.name;
  return (
    <span className="rule-term">
      {t('rule.sum_of')}
      <Select
        size="small" value={measure} aria-label={t('rule.sum_of')} popupMatchSelectWidth={false}
        onChange={(chosen) => change({ ...leaf.terms, sum: { ...terms, of: chosen } })}
        options={measures.map(({ name }) => ({ value: name, label: t(`field.${name}`, { defaultValue: name }) }))}
      />
      <Comparisons
        kind="number" operators={fields.operators.number} terms={terms}
        change={(changed) => change({ ...leaf.terms, sum: { of: measure, ...changed } })}
      />
      <Drop label={t('rule.drop_part')} drop={() => change(without({ ...leaf.terms, sum: undefined }))} />
    </span>
  );
}

/** Properties of the event, one term each, and what else can be added to the condition. */
function Filters({ leaf, fields, change }: Props) {
  const { t } = useTranslation();
  const { properties, measures } = factsOf(fields, leaf.name);
  const filters = filtersOf(leaf.kind, leaf.terms);
  const more = properties.filter((property) => !(property.name in filters));
  const add = (key: string) => {
    if (key === '+sum') return change({ ...leaf.terms, sum: { of: measures[0].name, at_least: undefined } });
    if (key === '+since') return change({ ...leaf.terms, since: { did: '' } });
    if (key === '+most') return change({ ...leaf.terms, at_most: Number(leaf.terms.at_least ?? 1) });
    const property = properties.find((one) => one.name === key);
    change({ ...leaf.terms, [key]: freshTerms(property?.kind ?? 'text', property?.operators ?? OPERATORS) });
  };
  const extras = leaf.kind === 'did'
    ? [
        ...(measures.length && leaf.terms.sum === undefined ? [{ key: '+sum', label: t('rule.add_sum') }] : []),
        ...(leaf.terms.since === undefined ? [{ key: '+since', label: t('rule.add_since') }] : []),
        ...(leaf.terms.at_most === undefined ? [{ key: '+most', label: t('rule.add_most') }] : []),
      ]
    : [];
  return (
    <>
      {Object.entries(filters).map(([name, value]) => {
        const property = properties.find((one) => one.name === name);
        return (
          <span className="rule-term" key={name}>
            {t(`field.${name}`, { defaultValue: name })}
            <Comparisons
              kind={property?.kind ?? 'text'} operators={property?.operators ?? OPERATORS} terms={termsOf(value)}
              change={(changed) => change({ ...leaf.terms, [name]: changed })}
            />
            <Drop label={t('rule.drop_part')} drop={() => change(without({ ...leaf.terms, [name]: undefined }))} />
          </span>
        );
      })}
      <Dropdown
        trigger={['click']}
        menu={{
          onClick: ({ key }) => add(key),
          items: [
            ...more.map(({ name }) => ({ key: name, label: t(`field.${name}`, { defaultValue: name }) })),
            ...extras,
          ],
        }}
      >
        <Button size="small" type="text" icon={<FilterOutlined />}>{t('rule.refine')}</Button>
      </Dropdown>
    </>
  );
}

function Drop({ label, drop }: { label: string; drop: () => void }) {
  return <Button size="small" type="text" icon={<CloseOutlined />} aria-label={label} onClick={drop} />;
}

/** A filter as comparisons: a bare value means `equals`, a list `one_of`. */
function termsOf(value: unknown): Terms {
  if (Array.isArray(value)) return { one_of: value };
  return value && typeof value === 'object' ? (value as Terms) : { equals: value };
}

function factsOf(fields: Fields, event: string) {
  return fields.facts[event] ?? fields.facts[''];
}

export function without(terms: Terms): Terms {
  return Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined));
}
