import { Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { ConditionGroup, newGroup, read, write, type Fields, type Group, type Tree } from '../conditions';
import { Bands } from './Bands';
import { Amount, Choice, Field } from './Choice';
import { PreferenceForm } from './PreferenceForm';
import { StatisticForm } from './StatisticForm';
import { FAMILIES, kindOf, KINDS, ofKind, pruned, type Body } from './body';

type Words = Schemas['TagWords'];
type Change = (body: Body) => void;

/** A definition as a form: its words, and what decides who has the tag. */
export function DefinitionForm(props: { body: Body; change: Change; words: Words; fields: Fields; isNew: boolean }) {
  const { t, i18n } = useTranslation();
  const { body, change } = props;
  const kind = kindOf(body);
  const language = i18n.language;
  const set = (part: Partial<Body>) => change(pruned({ ...body, ...part }));
  return (
    <>
      <div className="tag-form">
        <Field name={t('tags.title')}><Input value={body.title?.[language] ?? ''} maxLength={80} onChange={(event) => set({ title: { ...body.title, [language]: event.target.value } })} /></Field>
        <Choice name={t('tags.family')} value={body.family} options={FAMILIES.map((value) => ({ value, label: t(`family.${value}`) }))} change={(family) => set({ family })} />
        {props.isNew && <Choice name={t('tags.kind')} value={kind} options={KINDS.map((value) => ({ value, label: t(`tag_kind.${value}`) }))} change={(to) => to && change(ofKind(body, to as typeof kind))} />}
        <Field name={t('tags.owner')}><Input value={body.owner ?? ''} maxLength={60} onChange={(event) => set({ owner: event.target.value })} /></Field>
        <Field name={t('tags.unit')}><Input value={body.unit ?? ''} maxLength={30} onChange={(event) => set({ unit: event.target.value })} /></Field>
        <Amount name={t('tags.valid_days')} value={body.valid_days} min={1} change={(valid_days) => set({ valid_days })} />
        <div className="tag-field whole">
          <Field name={t('field.description')}>
            <Input.TextArea value={body.description?.[language] ?? ''} autoSize={{ minRows: 1, maxRows: 3 }} maxLength={300} onChange={(event) => set({ description: { ...body.description, [language]: event.target.value } })} />
          </Field>
        </div>
      </div>
      <h3>{t(`tag_kind.${kind}`)}</h3>
      <Decides {...props} />
    </>
  );
}

function Decides({ body, change, words, fields }: { body: Body; change: Change; words: Words; fields: Fields }) {
  const { t } = useTranslation();
  if (body.statistic) return <StatisticForm statistic={body.statistic} words={words} change={(statistic) => change({ ...body, statistic })} />;
  if (body.preference) return <PreferenceForm preference={body.preference} words={words} change={(preference) => change({ ...body, preference })} />;
  if (body.model) {
    const model = body.model;
    return (
      <div className="tag-form">
        <Choice name={t('tags.score')} value={model.score} options={['churn', 'repurchase', 'clv'].map((value) => ({ value, label: t(`model.${value}`, { defaultValue: value }) }))} change={(score) => score && change({ ...body, model: { ...model, score } })} />
        <div className="tag-field whole"><span className="tag-field-name">{t('tags.bands')}</span>
          <Bands bands={model.bands ?? []} change={(bands) => change({ ...body, model: pruned({ ...model, bands }) })} />
        </div>
      </div>
    );
  }
  if ('manual' in body || 'imported' in body) return <Given body={body} change={change} />;
  return <Rule body={body} change={change} fields={fields} />;
}

function Given({ body, change }: { body: Body; change: Change }) {
  const { t } = useTranslation();
  const key = 'manual' in body ? 'manual' : 'imported';
  const values = body[key];
  const set = (value: unknown) => change({ ...body, [key]: value });
  const shape = Array.isArray(values) ? 'list' : values === 'any' ? 'any' : 'plain';
  return (
    <div className="tag-form">
      <Choice
        name={t('tags.value')} value={shape} options={['plain', 'any', 'list'].map((value) => ({ value, label: t(`tag_given.${value}`) }))}
        change={(to) => set(to === 'list' ? ['a'] : to === 'any' ? 'any' : true)}
      />
      {Array.isArray(values) && (
        <Field name={t('tags.allowed')}><Select mode="tags" value={values.map(String)} onChange={(chosen: string[]) => set(chosen)} aria-label={t('tags.allowed')} /></Field>
      )}
    </div>
  );
}

function Rule({ body, change, fields }: { body: Body; change: Change; fields: Fields }) {
  const { t } = useTranslation();
  const [rules, setRules] = useState<Group>(() => (body.where ? read(body.where as Tree) : newGroup('all', [])));
  const attributes = fields.attributes.map((one) => ({ value: one.name, label: t(`field.${one.name}`, { defaultValue: one.name }) }));
  const isNumber = fields.attributes.find((one) => one.name === body.value?.attribute)?.kind === 'number';
  const setGroup = (group: Group) => {
    setRules(group);
    const { where: _, ...others } = body;
    change(group.nodes.length ? { ...others, where: write(group) } : others);
  };
  return (
    <>
      <p className="muted">{t('tags.rule_lead')}</p>
      <ConditionGroup group={rules} fields={fields} change={setGroup} isLocked={false} />
      <div className="tag-form">
        <Choice
          name={t('tags.value_of')} value={body.value?.attribute} options={attributes} isOptional
          change={(attribute) => change(pruned({ ...body, value: attribute ? { attribute } : undefined }))}
        />
        {body.value && isNumber && (
          <div className="tag-field whole"><span className="tag-field-name">{t('tags.bands')}</span>
            <Bands bands={body.value.bands ?? []} change={(bands) => change({ ...body, value: pruned({ attribute: body.value!.attribute, bands }) })} />
          </div>
        )}
      </div>
    </>
  );
}
