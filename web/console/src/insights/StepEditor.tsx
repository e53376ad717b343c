import { CloseOutlined, FilterOutlined } from '@ant-design/icons';
import { Button, Dropdown, Select } from 'antd';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';

import { Comparisons, freshTerms } from '../conditions/Comparisons';
import type { Catalog } from './names';
import type { Step, Where } from './question';

const ANY = '';

/** An event, and what has to hold of it. */
export function StepEditor(props: {
  step: Step;
  catalog: Catalog;
  change: (step: Step) => void;
  label: string;
  hasAny?: boolean;
}) {
  const { step, catalog, change } = props;
  const where = step.where ?? [];
  const put = (next: Where[]) => change({ ...step, where: next.length ? next : undefined });
  return (
    <span className="ask-step">
      <EventPicker
        label={props.label} catalog={catalog} event={step.event} hasAny={props.hasAny}
        change={(event) => change({ ...step, event })}
      />
      {where.map((one, place) => (
        <Condition
          key={one.property} where={one} catalog={catalog}
          change={(changed) => put(where.map((old, at) => (at === place ? changed : old)))}
          drop={() => put(where.filter((_, at) => at !== place))}
        />
      ))}
      <More step={step} catalog={catalog} add={(one) => put([...where, one])} />
    </span>
  );
}

/** Named steps in one row, of a question about one or two things that people did. */
export function StepRow(props: { catalog: Catalog; parts: { name: string; step: Step; change: (step: Step) => void; hasAny?: boolean; label?: string }[] }) {
  return (
    <ol className="ask-steps">
      <li>
        {props.parts.map(({ name, step, change, hasAny, label }) => (
          <Fragment key={name}>
            <span className="ask-name">{name}</span>
            <StepEditor step={step} catalog={props.catalog} hasAny={hasAny} label={label ?? name} change={change} />
          </Fragment>
        ))}
      </li>
    </ol>
  );
}

/** One of the events that were seen, or are planned. */
export function EventPicker(props: {
  label: string;
  catalog: Catalog;
  event: string | undefined;
  change: (event: string | undefined) => void;
  hasAny?: boolean;
  isOptional?: boolean;
  placeholder?: string;
}) {
  const { t } = useTranslation();
  const { catalog, event } = props;
  const isKnown = !event || catalog.events.includes(event) || catalog.planned.includes(event);
  const named = (names: string[]) => names.map((name) => ({ value: name, label: catalog.event(name) }));
  const planned = catalog.planned.length ? [{ label: t('insights.planned_events'), options: named(catalog.planned) }] : [];
  const options = [...named(isKnown ? catalog.events : [event, ...catalog.events]), ...planned];
  return (
    <Select
      showSearch={{ optionFilterProp: 'label' }} className="ask-event" aria-label={props.label} popupMatchSelectWidth={240}
      status={isKnown ? undefined : 'warning'} allowClear={props.isOptional} placeholder={props.placeholder ?? t('insights.choose_event')}
      value={props.hasAny ? (event ?? ANY) : event}
      onChange={(chosen?: string) => props.change(chosen || undefined)}
      options={props.hasAny ? [{ value: ANY, label: t('insights.any_event') }, ...options] : options}
    />
  );
}

function Condition(props: { where: Where; catalog: Catalog; change: (where: Where) => void; drop: () => void }) {
  const { t } = useTranslation();
  const { where, catalog } = props;
  const { property, ...terms } = where;
  const kind = catalog.properties.find((one) => one.name === property)?.kind ?? 'text';
  return (
    <span className="rule-term ask-where">
      {catalog.property(property)}
      <Comparisons
        kind={kind} operators={catalog.fields?.operators[kind] ?? ['equals']} terms={terms}
        change={(changed) => props.change({ property, ...changed })}
      />
      <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t('rule.drop_part')} onClick={props.drop} />
    </span>
  );
}

function More({ step, catalog, add }: { step: Step; catalog: Catalog; add: (where: Where) => void }) {
  const { t } = useTranslation();
  const used = (step.where ?? []).map((one) => one.property);
  const rest = catalog.properties.filter((one) => !used.includes(one.name));
  if (rest.length === 0) return null;
  const put = (name: string) => {
    const kind = rest.find((one) => one.name === name)?.kind ?? 'text';
    add({ property: name, ...freshTerms(kind, catalog.fields?.operators[kind] ?? ['equals']) });
  };
  return (
    <Dropdown
      trigger={['click']}
      menu={{ onClick: ({ key }) => put(key), items: rest.map(({ name }) => ({ key: name, label: catalog.property(name) })) }}
    >
      <Button type="text" icon={<FilterOutlined />} className="ask-more">{t('insights.filter')}</Button>
    </Dropdown>
  );
}
