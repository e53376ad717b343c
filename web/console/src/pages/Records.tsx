import { ToolOutlined } from '@ant-design/icons';
import { App, Button, Popconfirm, Select, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { NONE, useFormat } from '../format';
import { Fix } from '../records/Fix';
import { OneRecord } from '../records/OneRecord';
import { STALE, useReport } from '../records/report';
import { useSession } from '../session';

type Out = Schemas['RecordsOut'];
type Reason = Schemas['ReasonLine'];
type Wanted = Schemas['Wanted'];

export default function Records() {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const { may } = useSession();
  const [fixing, setFixing] = useState<Wanted | null>(null);
  const wanted = { reason: get('reason') || undefined, source: get('source') || undefined, event: get('event') || undefined };
  const every = useGet('/api/data/records', { query: { limit: 0 } });
  const query = useGet('/api/data/records', { query: { ...wanted, limit: 100 } }, { keep: true });
  const canRun = may('data.run');
  return (
    <Page title={t('page.records')} lead={t('records.lead')}>
      <Loaded query={every}>
        {(all) => all.total === 0 ? <Section><NextStep text={t('records.empty')} /></Section> : (
          <>
            <Reasons all={all} />
            <Section flush title={t('records.open')} extra={query.data && canRun && <ForAll found={query.data} wanted={wanted} fix={() => setFixing(wanted)} />}>
              <Filters all={all} />
              <Loaded query={query}>{(found) => <List found={found} />}</Loaded>
            </Section>
          </>
        )}
      </Loaded>
      {get('id') && <OneRecord id={get('id')} canRun={canRun} close={() => set({ id: '' })} fix={(one) => { set({ id: '' }); setFixing(one); }} />}
      {fixing && <Fix wanted={fixing} close={() => setFixing(null)} />}
    </Page>
  );
}

function useReasonName() {
  const { t } = useTranslation();
  return (reason: string) => t(`rule_code.${reason}`, { defaultValue: reason });
}

function Reasons({ all }: { all: Out }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useReasonName();
  const { get, set } = useFilters();
  const counts = new Map<string, number>();
  for (const line of all.reasons) counts.set(line.reason, (counts.get(line.reason) ?? 0) + line.rows);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const most = sorted[0]?.[1] ?? 1;
  return (
    <Section title={t('records.by_reason')}>
      <ul className="bars reasons-bars">
        {sorted.map(([reason, rows]) => (
          <li key={reason}>
            <button type="button" className={get('reason') === reason ? 'link bar-name chosen' : 'link bar-name'} aria-pressed={get('reason') === reason} onClick={() => set({ reason: get('reason') === reason ? '' : reason })}>
              {name(reason)}
            </button>
            <span className="bar-track"><span className="bar-fill" style={{ width: `${(100 * rows) / most}%` }} /></span>
            <span className="bar-text">{format.count(rows)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Filters({ all }: { all: Out }) {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const name = useReasonName();
  const known = (of: (line: Reason) => string | null) => [...new Set(all.reasons.map(of).filter((one): one is string => one !== null))].sort();
  const fields: ['reason' | 'source' | 'event', string[], (value: string) => string][] = [
    ['reason', known((line) => line.reason), name],
    ['source', known((line) => line.source), String],
    ['event', known((line) => line.event), String],
  ];
  return (
    <div className="toolbar">
      {fields.map(([field, values, shown]) => (
        <Select
          key={field} className="filter wide" allowClear showSearch placeholder={t(`field.${field}`)} aria-label={t(`field.${field}`)} popupMatchSelectWidth={false}
          value={get(field) || undefined} onChange={(value) => set({ [field]: value ?? '' })} options={values.map((value) => ({ value, label: shown(value) }))}
        />
      ))}
      {fields.some(([field]) => get(field)) && <Button type="text" onClick={() => set({ reason: '', source: '', event: '' })}>{t('action.clear_filters')}</Button>}
    </div>
  );
}

function ForAll({ found, wanted, fix }: { found: Out; wanted: Wanted; fix: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { message } = App.useApp();
  const say = useSay();
  const report = useReport();
  const replay = useSend('post', '/api/data/records/replay', STALE);
  const dismiss = useSend('post', '/api/data/records/dismiss', STALE);
  const live = found.reasons.filter((line) => line.is_live).reduce((sum, line) => sum + line.rows, 0);
  const isFiltered = Boolean(wanted.reason || wanted.source || wanted.event);
  const count = format.count(found.total);
  return (
    <span className="tools">
      <Button size="small" type="primary" icon={<ToolOutlined />} disabled={live === 0} onClick={fix}>{t('records.fix')}</Button>
      <Popconfirm
        title={t('records.replay_title', { count: format.count(live) })} description={t('records.replay_lead')}
        onConfirm={() => replay.mutateAsync({ body: { wanted } }).then(report, (error) => message.error(say(error)))}
      >
        <Button size="small" disabled={live === 0} loading={replay.isPending}>{t('records.replay')}</Button>
      </Popconfirm>
      <Popconfirm
        title={t('records.dismiss_title', { count })} description={t('records.dismiss_lead')}
        onConfirm={() => dismiss.mutateAsync({ body: { wanted } }).then(
          (done) => message.success(t('records.dismissed', { count: format.count(done.dismissed) })),
          (error) => message.error(say(error)),
        )}
      >
        <Button size="small" disabled={!isFiltered || found.total === 0} loading={dismiss.isPending} title={isFiltered ? undefined : t('records.filter_first')}>{t('records.dismiss')}</Button>
      </Popconfirm>
    </span>
  );
}

function List({ found }: { found: Out }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useReasonName();
  const { set } = useFilters();
  if (found.records.length === 0) return <NextStep text={t('records.none_fit')} />;
  return (
    <>
      <Table
        size="small" rowKey="id" dataSource={found.records} scroll={{ x: 860 }} pagination={found.records.length > 20 ? { pageSize: 20, size: 'small', showSizeChanger: false } : false}
        columns={[
          {
            title: t('field.reason'), dataIndex: 'reason', width: 190,
            render: (reason: string, row) => <button type="button" className="link" onClick={() => set({ id: row.id })}>{name(reason)}</button>,
          },
          { title: t('field.event'), dataIndex: 'event', render: (event: string | null) => event ?? <span className="muted">{NONE}</span> },
          { title: t('field.source'), dataIndex: 'source', render: (source: string, row) => <>{source} {!row.is_live && <Chip>{t('records.file')}</Chip>}</> },
          { title: t('field.detail'), dataIndex: 'detail', className: 'wrap muted', render: (detail: string | null) => detail ?? NONE },
          { title: t('records.set_aside_at'), dataIndex: 'quarantined_at', width: 150, render: format.time },
        ]}
      />
      {found.total > found.records.length && <p className="muted more">{t('records.more', { shown: format.count(found.records.length), total: format.count(found.total) })}</p>}
    </>
  );
}
