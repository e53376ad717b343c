import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { App, Button, Drawer, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Proposals } from '../components/Proposals';
import { useFormat } from '../format';
import { blank, DOINGS, pathsIn, ruleOf, type Change, type Doing } from './changes';
import { Previews } from './Previews';
import { STALE, useReport } from './report';

type Wanted = Schemas['Wanted'];

/** Build a fix rule, see before and after, and replay the records that it is about. */
export function Fix({ wanted, close }: { wanted: Wanted; close: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { message } = App.useApp();
  const say = useSay();
  const report = useReport();
  const [name, setName] = useState('');
  const [changes, setChanges] = useState<Change[]>([blank('cast')]);
  const rules = useGet('/api/data/records/rules');
  const first = useGet('/api/data/records', { query: { ...asked(wanted), limit: 1 } });
  const id = first.data?.records[0]?.id ?? '';
  const sample = useGet('/api/data/records/item', { query: { id } }, { enabled: id !== '' });
  const preview = useSend('post', '/api/data/records/preview');
  const apply = useSend('post', '/api/data/records/replay', STALE);
  const rule = ruleOf(name || t('records.rule_name_default', { number: (rules.data?.length ?? 0) + 1 }), wanted, changes);
  const edit = (next: Change[]) => { setChanges(next); preview.reset(); };
  const hasWhere = Boolean(wanted.reason || wanted.source || wanted.event);
  const fails = (error: unknown) => message.error(say(error));
  return (
    <Drawer
      open size={820} onClose={close} title={t('records.fix')}
      footer={
        <span className="tools">
          <Button type={preview.data ? 'default' : 'primary'} disabled={!rule || !hasWhere} loading={preview.isPending} onClick={() => rule && void preview.mutateAsync({ body: { wanted, rule } }).catch(fails)}>{t('records.preview')}</Button>
          <Button type="primary" disabled={!preview.data || !rule} loading={apply.isPending} onClick={() => rule && void apply.mutateAsync({ body: { wanted, rule } }).then((done) => { report(done); close(); }, fails)}>
            {preview.data ? t('records.apply_to', { count: format.count(preview.data.total) }) : t('records.apply')}
          </Button>
        </span>
      }
    >
      <p className="muted">{t('records.fix_lead')}</p>
      <div className="form">
        <label>{t('records.rule_name')}<Input value={name} placeholder={t('records.rule_name_default', { number: (rules.data?.length ?? 0) + 1 })} onChange={(event) => { setName(event.target.value); preview.reset(); }} /></label>
      </div>
      <h3>{t('records.where')}</h3>
      {hasWhere ? <Where wanted={wanted} /> : <p className="bad">{t('records.filter_first')}</p>}
      <h3>{t('records.changes')}</h3>
      <div className="changes">
        {changes.map((change, place) => (
          <ChangeRow
            key={place} change={change} paths={pathsIn(sample.data?.content)} isOnly={changes.length === 1}
            edit={(next) => edit(changes.map((one, other) => (other === place ? next : one)))}
            remove={() => edit(changes.filter((_, other) => other !== place))}
          />
        ))}
        <Button type="dashed" icon={<PlusOutlined />} onClick={() => edit([...changes, blank('set')])}>{t('records.add_change')}</Button>
      </div>
      {preview.data && <Previews found={preview.data} />}
    </Drawer>
  );
}

function asked({ reason, source, event }: Wanted) {
  return { reason: reason ?? undefined, source: source ?? undefined, event: event ?? undefined };
}

function Where({ wanted }: { wanted: Wanted }) {
  const { t } = useTranslation();
  return (
    <dl className="facts">
      {wanted.reason && <><dt>{t('field.reason')}</dt><dd>{t(`rule_code.${wanted.reason}`, { defaultValue: wanted.reason })}</dd></>}
      {wanted.source && <><dt>{t('field.source')}</dt><dd>{wanted.source}</dd></>}
      {wanted.event && <><dt>{t('field.event')}</dt><dd>{wanted.event}</dd></>}
    </dl>
  );
}

function ChangeRow(props: { change: Change; paths: string[]; isOnly: boolean; edit: (change: Change) => void; remove: () => void }) {
  const { t } = useTranslation();
  const { change, edit } = props;
  return (
    <div className="rule-row">
      <span className="rule-parts">
        <Select<Doing>
          value={change.do} onChange={(next) => edit({ ...blank(next), path: change.path })} style={{ width: 152 }} aria-label={t('records.change')} popupMatchSelectWidth={false}
          options={DOINGS.map((value) => ({ value, label: t(`change.${value}`) }))}
        />
        <Proposals
          value={change.path} onChange={(path) => edit({ ...change, path })} style={{ width: 230 }} aria-label={t('records.path')} placeholder="properties.price"
          options={props.paths.filter((path) => path.includes(change.path)).slice(0, 40).map((value) => ({ value }))}
        />
        <Terms change={change} edit={edit} />
      </span>
      <Button type="text" icon={<DeleteOutlined />} disabled={props.isOnly} onClick={props.remove} aria-label={t('records.remove_change')} />
    </div>
  );
}

function Terms({ change, edit }: { change: Change; edit: (change: Change) => void }) {
  const { t } = useTranslation();
  if (change.do === 'remove') return null;
  if (change.do === 'cast') {
    return (
      <Select
        value={change.to} onChange={(to) => edit({ ...change, to })} style={{ width: 120 }} aria-label={t('plan.type')}
        options={['number', 'integer', 'string', 'boolean'].map((value) => ({ value, label: t(`json_type.${value}`) }))}
      />
    );
  }
  if (change.do === 'rename') {
    return <Input value={change.to} onChange={(event) => edit({ ...change, to: event.target.value })} className="rule-text" placeholder={t('records.new_name')} aria-label={t('records.new_name')} />;
  }
  if (change.do === 'map') {
    return <Input value={change.value} onChange={(event) => edit({ ...change, value: event.target.value })} style={{ width: 240 }} placeholder="RMB=CNY, cny=CNY" aria-label={t('records.values')} title={t('records.values')} />;
  }
  if (change.do === 'parse_time') {
    return (
      <>
        <Input value={change.value} onChange={(event) => edit({ ...change, value: event.target.value })} className="rule-text" placeholder="D/M/YYYY h:mm" aria-label={t('records.format')} title={t('records.format')} />
        <Input value={change.to} onChange={(event) => edit({ ...change, to: event.target.value })} className="rule-text" placeholder="Asia/Shanghai" aria-label={t('records.timezone')} title={t('records.timezone')} />
      </>
    );
  }
  return <Input value={change.value} onChange={(event) => edit({ ...change, value: event.target.value })} className="rule-text" placeholder={t('records.value')} aria-label={t('records.value')} title={t('records.value_hint')} />;
}
