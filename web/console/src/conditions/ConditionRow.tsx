import { DeleteOutlined } from '@ant-design/icons';
import { Button, Checkbox, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import { Comparisons, freshTerms, type Terms } from './Comparisons';
import { DeedTerms } from './DeedTerms';
import { SequenceTerms } from './SequenceTerms';
import { DEEDS, KINDS, yaml, type Kind, type Leaf, type Raw } from './tree';
import { useTitles, type Fields } from './vocabulary';

type Props<N> = { node: N; fields: Fields; change: (node: N) => void; remove: () => void };

/** One condition: what it is about, and what has to hold. */
export function ConditionRow({ node: leaf, fields, change, remove }: Props<Leaf>) {
  const { t } = useTranslation();
  const kinds = KINDS.filter((kind) => kind in fields.nodes);
  return (
    <div className="rule-row">
      <div className="rule-parts">
        <Negated node={leaf} change={change} />
        <Select<Kind>
          size="small" value={leaf.kind} aria-label={t('rule.kind')} className="rule-kind" popupMatchSelectWidth={false}
          onChange={(kind) => change({ ...leaf, kind, ...startOf(kind) })}
          options={kinds.map((kind) => ({ value: kind, label: t(`rule.kinds.${kind}`) }))}
        />
        {leaf.kind !== 'sequence' && leaf.kind !== 'random_bucket' && <Name node={leaf} fields={fields} change={change} />}
        <TermsOf leaf={leaf} fields={fields} change={(terms) => change({ ...leaf, terms })} rename={(name) => change({ ...leaf, name })} />
      </div>
      <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('rule.remove')} onClick={remove} />
    </div>
  );
}

/** A node that this editor cannot draw: shown as it is written, kept, and only taken away as a whole. */
export function RawRow({ node, change, remove }: Omit<Props<Raw>, 'fields'>) {
  const { t } = useTranslation();
  return (
    <div className="rule-row">
      <div className="rule-parts">
        <Negated node={node} change={change} />
        <span className="muted">{t('rule.raw')}</span>
        <pre className="rule-raw">{yaml(node.tree)}</pre>
      </div>
      <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('rule.remove')} onClick={remove} />
    </div>
  );
}

function Negated<N extends Leaf | Raw>({ node, change }: { node: N; change: (node: N) => void }) {
  const { t } = useTranslation();
  return (
    <Checkbox checked={node.isNegated} onChange={(event) => change({ ...node, isNegated: event.target.checked })}>
      {t('rule.not')}
    </Checkbox>
  );
}

function Name({ node: leaf, fields, change }: Omit<Props<Leaf>, 'remove'>) {
  const { t } = useTranslation();
  const titles = useTitles();
  const choose = DEEDS.includes(leaf.kind) ? 'did' : leaf.kind;
  const names = namesOf(leaf.kind, fields);
  const known = leaf.name && !names.includes(leaf.name) ? [leaf.name, ...names] : names;
  return (
    <Select
      size="small" showSearch={{ optionFilterProp: 'label' }} className="rule-name" value={leaf.name || undefined}
      placeholder={t(`rule.choose.${choose}`)} aria-label={t(`rule.choose.${choose}`)} popupMatchSelectWidth={240}
      onChange={(name) => change({ ...leaf, name, terms: firstTerms(leaf, name, fields) })}
      options={known.map((name) => ({ value: name, label: labelOf(leaf.kind, name, titles) }))}
    />
  );
}

function namesOf(kind: Kind, fields: Fields): string[] {
  switch (kind) {
    case 'attribute': return fields.attributes.map((attribute) => attribute.name);
    case 'tag': return fields.tags.map((tag) => tag.tag);
    case 'score': return fields.scores;
    case 'audience': return fields.audiences.map((audience) => audience.name);
    default: return fields.events;
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

/** What a row has when its kind was just chosen. */
function startOf(kind: Kind): { name: string; terms: Terms } {
  if (kind === 'sequence') return { name: kind, terms: { steps: [{ did: '' }, { did: '' }] } };
  if (kind === 'random_bucket') return { name: 'a', terms: { share: 0.1 } };
  return { name: '', terms: {} };
}

function firstTerms(leaf: Leaf, name: string, fields: Fields): Terms {
  if (DEEDS.includes(leaf.kind)) return Object.keys(leaf.terms).length ? leaf.terms : { within_days: 30 };
  if (leaf.kind === 'score') return { at_least: name === 'clv' ? 100 : 0.5 };
  const attribute = fields.attributes.find((known) => known.name === name);
  if (leaf.kind !== 'attribute' || !attribute) return {};
  return freshTerms(attribute.kind, attribute.operators, attribute.values);
}

function TermsOf(props: { leaf: Leaf; fields: Fields; change: (terms: Terms) => void; rename: (name: string) => void }) {
  const { leaf, fields, change } = props;
  if (leaf.kind === 'sequence') return <SequenceTerms {...props} />;
  if (leaf.kind === 'random_bucket') return <BucketTerms {...props} />;
  if (!leaf.name || leaf.kind === 'audience') return null;
  if (DEEDS.includes(leaf.kind)) return <DeedTerms {...props} />;
  const attribute = fields.attributes.find((known) => known.name === leaf.name);
  const kind = leaf.kind === 'score' ? 'number' : leaf.kind === 'tag' ? 'text' : (attribute?.kind ?? 'text');
  return (
    <Comparisons
      kind={kind} operators={leaf.kind === 'attribute' && attribute ? attribute.operators : fields.operators[kind]}
      values={leaf.kind === 'attribute' ? attribute?.values : []} attribute={leaf.name} unit={attribute?.unit}
      terms={leaf.terms} change={change} isOptional={leaf.kind === 'tag'}
    />
  );
}

/** A share of people, drawn by a word: another word draws others. */
function BucketTerms({ leaf, change, rename }: { leaf: Leaf; change: (terms: Terms) => void; rename: (name: string) => void }) {
  const { t } = useTranslation();
  const percent = (key: string) => (
    <InputNumber
      size="small" min={0} max={100} value={Math.round(10000 * Number(leaf.terms[key])) / 100} aria-label={t(`rule.${key}`)}
      onChange={(value) => change({ ...leaf.terms, [key]: value === null ? undefined : value / 100 })}
    />
  );
  return (
    <span className="rule-term">
      {'share' in leaf.terms ? percent('share') : <>{'from' in leaf.terms && percent('from')}–{'to' in leaf.terms && percent('to')}</>}
      %
      <span>{t('rule.salt')}</span>
      <Input size="small" value={leaf.name} aria-label={t('rule.salt')} className="rule-text" onChange={(event) => rename(event.target.value)} />
    </span>
  );
}
