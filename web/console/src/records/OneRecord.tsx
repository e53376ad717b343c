import { Alert, App, Button, Drawer, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { JsonTree } from '../components/JsonTree';
import { Loaded } from '../components/Loaded';
import { NONE, useFormat } from '../format';
import { STALE, useReport } from './report';

type Wanted = Schemas['Wanted'];

/** One record: what is wrong with it, marked in what it holds. */
export function OneRecord(props: { id: string; canRun: boolean; close: () => void; fix: (wanted: Wanted) => void }) {
  const { t } = useTranslation();
  const query = useGet('/api/data/records/item', { query: { id: props.id } });
  const record = query.data;
  return (
    <Drawer
      open size={720} onClose={props.close} title={record ? t(`rule_code.${record.reason}`, { defaultValue: record.reason }) : t('records.record')}
      extra={record && props.canRun && <Deeds record={record} again={() => void query.refetch()} close={props.close} fix={props.fix} />}
    >
      <Loaded query={query}>{(found) => <Details record={found} />}</Loaded>
    </Drawer>
  );
}

function Deeds({ record, again, close, fix }: { record: Schemas['RecordOut']; again: () => void; close: () => void; fix: (wanted: Wanted) => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const say = useSay();
  const report = useReport();
  const replay = useSend('post', '/api/data/records/replay', STALE);
  const dismiss = useSend('post', '/api/data/records/dismiss', STALE);
  const wanted = { ids: [record.id] };
  const fails = (error: unknown) => message.error(say(error));
  return (
    <span className="tools">
      {record.obstacle === null && (
        <>
          <Button size="small" type="primary" onClick={() => fix({ reason: record.reason, source: record.source, event: record.event })}>{t('records.fix')}</Button>
          <Button size="small" loading={replay.isPending} onClick={() => void replay.mutateAsync({ body: { wanted } }).then((done) => { report(done); if (done.open === 0) close(); else again(); }, fails)}>{t('records.replay')}</Button>
        </>
      )}
      <Popconfirm
        title={t('records.dismiss_this')} description={t('records.dismiss_lead')}
        onConfirm={() => dismiss.mutateAsync({ body: { wanted } }).then(close, fails)}
      >
        <Button size="small" loading={dismiss.isPending}>{t('records.dismiss')}</Button>
      </Popconfirm>
    </span>
  );
}

function Details({ record }: { record: Schemas['RecordOut'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const marks = Object.fromEntries(record.violations.map((one) => [one.path, one.detail]));
  return (
    <>
      {record.obstacle && <Alert type="info" showIcon className="notice" title={t(`obstacle.${record.obstacle}`)} />}
      <dl className="facts">
        <dt>{t('field.event')}</dt><dd>{record.event ?? NONE}</dd>
        <dt>{t('field.source')}</dt><dd>{record.source}</dd>
        <dt>{t('records.set_aside_at')}</dt><dd>{format.time(record.quarantined_at)}</dd>
        <dt>{t('records.origin')}</dt><dd><code>{record.origin}</code> · {format.count(record.origin_line)}</dd>
        {record.violations.length === 0 && <><dt>{t('field.detail')}</dt><dd>{record.detail ?? NONE}</dd></>}
      </dl>
      {record.violations.length > 0 && (
        <>
          <h3>{t('records.violations')}</h3>
          <ul className="violations">
            {record.violations.map((one) => (
              <li key={one.path + one.rule}>
                <code>{one.path}</code> <span>{t(`schema_rule.${one.rule}`, { defaultValue: one.rule })}</span>
                {one.rule !== 'required' && <code className="muted">{JSON.stringify(one.value)?.slice(0, 80)}</code>}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>{t('records.content')}</h3>
      {record.content ? <JsonTree value={record.content} marks={marks} /> : <pre className="json">{record.text}</pre>}
    </>
  );
}
