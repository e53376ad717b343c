import { Alert, App, Button, Drawer, Input, Table, Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { useFormat } from '../format';

type Event = Schemas['PlannedEventOut'];
type Schema = Record<string, unknown>;

/** One planned event: its words, its properties, and its JSON Schema to edit. */
export function PlannedEvent({ name, canRun, close }: { name: string; canRun: boolean; close: () => void }) {
  const { i18n } = useTranslation();
  const query = useGet('/api/data/plan/events/{name}', { path: { name } });
  const event = query.data;
  return (
    <Drawer open size={760} onClose={close} title={event ? event.title[i18n.language] || event.event : name}>
      <Loaded query={query}>{(found) => <Details key={found.version} event={found} canRun={canRun} />}</Loaded>
    </Drawer>
  );
}

function Details({ event, canRun }: { event: Event; canRun: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <dl className="facts">
        <dt>{t('field.event')}</dt><dd><code>{event.event}</code></dd>
        <dt>{t('plan.enforce')}</dt><dd>{t(`enforce.${event.enforce}`)} <span className="muted">{t(`enforce_hint.${event.enforce}`)}</span></dd>
        <dt>{t('plan.last_week')}</dt>
        <dd>{t('plan.counts', { rows: format.count(event.rows), flagged: format.count(event.flagged), blocked: format.count(event.blocked) })}</dd>
      </dl>
      <Tabs
        items={[
          { key: 'properties', label: t('plan.properties'), children: <Properties schema={event.json_schema} /> },
          { key: 'schema', label: t('plan.schema'), children: <Editor event={event} canRun={canRun} /> },
          { key: 'words', label: t('plan.words'), children: <Words event={event} canRun={canRun} /> },
        ]}
      />
    </>
  );
}

type Row = { path: string; types: string; isRequired: boolean; rules: string };

function Properties({ schema }: { schema: Schema }) {
  const { t } = useTranslation();
  const rows = rowsOf(schema, '');
  if (rows.length === 0) return <p className="muted">{t('plan.no_properties')}</p>;
  return (
    <Table<Row>
      size="small" rowKey="path" dataSource={rows} pagination={false} scroll={{ x: 480 }}
      columns={[
        { title: t('plan.property'), dataIndex: 'path', render: (path: string) => <code>{path}</code> },
        { title: t('plan.type'), dataIndex: 'types' },
        { title: t('plan.required'), dataIndex: 'isRequired', render: (isRequired: boolean) => isRequired && <Chip tone="blue">{t('plan.required')}</Chip> },
        { title: t('plan.rules'), dataIndex: 'rules', className: 'wrap muted' },
      ]}
    />
  );
}

function rowsOf(schema: Schema, above: string): Row[] {
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const required = (schema.required ?? []) as string[];
  return Object.entries(properties).flatMap(([name, inner]) => {
    const path = above ? `${above}.${name}` : name;
    const items = inner.items as Schema | undefined;
    const row = { path, types: [inner.type ?? ''].flat().join(', '), isRequired: required.includes(name), rules: rulesOf(inner) };
    return [row, ...rowsOf(inner, path), ...(items ? rowsOf(items, `${path}[]`) : [])];
  });
}

function rulesOf(schema: Schema): string {
  const shown = ['format', 'enum', 'const', 'minimum', 'maximum', 'minLength', 'maxLength', 'pattern'];
  return shown
    .filter((rule) => schema[rule] !== undefined)
    .map((rule) => `${rule}: ${[schema[rule]].flat().join(', ')}`)
    .join(' · ');
}

function Editor({ event, canRun }: { event: Event; canRun: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { message } = App.useApp();
  const say = useSay();
  const [text, setText] = useState(() => JSON.stringify(event.json_schema, null, 2));
  const check = useSend('post', '/api/data/plan/check');
  const save = useSend('put', '/api/data/plan/events/{name}', ['/api/data/plan', '/api/data/plan/versions', '/api/data/plan/events/{name}']);
  const [schema, problem] = parsed(text);
  const hold = () =>
    schema && check.mutateAsync({ body: { name: event.name, json_schema: schema, days: 7 } }).catch((error) => message.error(say(error)));
  const keep = () =>
    schema && save.mutateAsync({ path: { name: event.name }, body: { json_schema: schema, expects: event.version } }).then(
      (done) => message.success(t('plan.saved', { version: done.version })),
      (error) => message.error(say(error)),
    );
  const found = check.data;
  return (
    <>
      <p className="muted">{t('plan.schema_lead')}</p>
      <Input.TextArea
        className="code" value={text} onChange={(change) => { setText(change.target.value); check.reset(); }} readOnly={!canRun}
        autoSize={{ minRows: 12, maxRows: 26 }} spellCheck={false} aria-label={t('plan.schema')} status={problem ? 'error' : undefined}
      />
      {problem && <p className="bad" role="alert">{t('plan.not_json', { problem })}</p>}
      <p className="tools">
        <Button disabled={!schema} loading={check.isPending} onClick={() => void hold()}>{t('plan.check')}</Button>
        {canRun && <Button type="primary" disabled={!schema} loading={save.isPending} onClick={() => void keep()}>{t('action.save')}</Button>}
      </p>
      {found && (
        <Alert
          type={found.broken ? 'warning' : 'success'} showIcon
          title={t(found.broken ? 'plan.checked_broken' : 'plan.checked_good', { broken: format.count(found.broken), events: format.count(found.events) })}
          description={found.broken > 0 && <ul className="plain">{found.violations.slice(0, 6).map((one) => <li key={one.detail}><b>{format.count(one.rows)}</b> <code>{one.detail}</code></li>)}</ul>}
        />
      )}
    </>
  );
}

function parsed(text: string): [Schema | null, string] {
  try {
    return [JSON.parse(text) as Schema, ''];
  } catch (error) {
    return [null, error instanceof Error ? error.message : ''];
  }
}

function Words({ event, canRun }: { event: Event; canRun: boolean }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const say = useSay();
  const [zh, setZh] = useState(event.title['zh-CN'] ?? '');
  const [en, setEn] = useState(event.title.en ?? '');
  const [description, setDescription] = useState(event.description);
  const [owner, setOwner] = useState(event.owner);
  const save = useSend('put', '/api/data/plan/events/{name}', ['/api/data/plan', '/api/data/plan/versions', '/api/data/plan/events/{name}']);
  const keep = () =>
    save.mutateAsync({ path: { name: event.name }, body: { title: { 'zh-CN': zh, en }, description, owner, expects: event.version } }).then(
      (done) => message.success(t('plan.saved', { version: done.version })),
      (error) => message.error(say(error)),
    );
  const fields: [string, string, (value: string) => void][] = [
    [t('plan.title_zh'), zh, setZh], [t('plan.title_en'), en, setEn], [t('plan.owner'), owner, setOwner],
  ];
  return (
    <div className="form">
      {fields.map(([label, value, change]) => (
        <label key={label}>{label}<Input value={value} disabled={!canRun} onChange={(told) => change(told.target.value)} /></label>
      ))}
      <label>{t('field.description')}<Input.TextArea value={description} disabled={!canRun} rows={3} onChange={(told) => setDescription(told.target.value)} /></label>
      {canRun && <p><Button type="primary" loading={save.isPending} onClick={() => void keep()}>{t('action.save')}</Button></p>}
    </div>
  );
}
