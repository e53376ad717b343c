import { ThunderboltOutlined } from '@ant-design/icons';
import { Alert, App, Button, Select, Table, Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { Share } from '../components/Share';
import { useFormat } from '../format';
import { Generate } from '../plan/Generate';
import { PlannedEvent } from '../plan/PlannedEvent';
import { Versions } from '../plan/Versions';
import { useSession } from '../session';

type PlanOut = Schemas['PlanOut'];
type Line = Schemas['PlanLine'];
const LOW = 0.95;

export default function Plan() {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const { may } = useSession();
  const [isGenerating, setGenerating] = useState(false);
  const query = useGet('/api/data/plan', {}, { keep: true });
  const canRun = may('data.run');
  return (
    <Page
      title={t('page.plan')}
      lead={t('plan.lead')}
      actions={
        <>
          {query.data && <Policy plan={query.data} canRun={canRun} />}
          {canRun && <Button type="primary" icon={<ThunderboltOutlined />} onClick={() => setGenerating(true)}>{t('plan.generate')}</Button>}
        </>
      }
    >
      <Loaded query={query}>
        {(plan) => (
          <>
            {plan.problem && <Alert type="error" showIcon className="notice" title={t('plan.broken', { version: plan.version })} description={plan.problem} />}
            <Figures plan={plan} />
            <Section>
              <Tabs
                activeKey={get('tab') || 'events'} onChange={(tab) => set({ tab: tab === 'events' ? '' : tab })}
                items={[
                  { key: 'events', label: t('plan.events'), children: <Events plan={plan} canRun={canRun} generate={() => setGenerating(true)} /> },
                  { key: 'unplanned', label: t('plan.unplanned', { count: plan.unplanned.length }), children: <Unplanned plan={plan} /> },
                  { key: 'versions', label: t('plan.versions'), children: <Versions current={plan.version} /> },
                ]}
              />
            </Section>
            {isGenerating && <Generate hasPlan={plan.events.length > 0} close={() => setGenerating(false)} />}
            {get('event') && <PlannedEvent name={get('event')} canRun={canRun} close={() => set({ event: '' })} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Figures({ plan }: { plan: PlanOut }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = plan.events.reduce((sum, line) => sum + line.rows, 0);
  const broken = plan.events.reduce((sum, line) => sum + line.flagged + line.blocked, 0);
  const figures: [string, string][] = [
    [t('plan.planned_events'), format.count(plan.events.length)],
    [t('plan.rows_days', { days: plan.days }), format.compact(rows)],
    [t('plan.conformity'), format.share(rows ? (rows - broken) / rows : null)],
    [t('plan.version'), plan.version ? `v${plan.version}` : t('plan.no_version')],
  ];
  return (
    <div className="kpis four small">
      {figures.map(([name, value]) => (
        <div className="kpi" key={name}><div className="kpi-name">{name}</div><div className="kpi-value">{value}</div></div>
      ))}
    </div>
  );
}

function Policy({ plan, canRun }: { plan: PlanOut; canRun: boolean }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const say = useSay();
  const send = useSend('patch', '/api/data/plan', ['/api/data/plan', '/api/data/plan/versions']);
  const change = (unknown_events: PlanOut['unknown_events']) =>
    send.mutateAsync({ body: { unknown_events, expects: plan.version } }).catch((error) => message.error(say(error)));
  return (
    <label className="tools">
      <span className="muted">{t('plan.unknown_events')}</span>
      <Select
        className="filter" value={plan.unknown_events} disabled={!canRun} loading={send.isPending}
        onChange={(value) => void change(value)} aria-label={t('plan.unknown_events')} popupMatchSelectWidth={false}
        options={(['allow', 'flag', 'block'] as const).map((value) => ({ value, label: t(`plan_policy.${value}`) }))}
      />
    </label>
  );
}

function Events({ plan, canRun, generate }: { plan: PlanOut; canRun: boolean; generate: () => void }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { set } = useFilters();
  const { message } = App.useApp();
  const say = useSay();
  const send = useSend('put', '/api/data/plan/events/{name}', ['/api/data/plan', '/api/data/plan/versions', '/api/data/plan/events/{name}']);
  const enforce = (line: Line, value: Line['enforce']) =>
    send.mutateAsync({ path: { name: line.name }, body: { enforce: value, expects: plan.version } }).catch((error) => message.error(say(error)));
  if (plan.events.length === 0) {
    return (
      <NextStep text={t('plan.empty')} command="zhiyin plan generate">
        {canRun && <p><Button onClick={generate}>{t('plan.generate')}</Button></p>}
      </NextStep>
    );
  }
  return (
    <Table<Line>
      size="small" rowKey="name" dataSource={plan.events} scroll={{ x: 860 }}
      pagination={plan.events.length > 50 ? { pageSize: 50, size: 'small' } : false}
      columns={[
        {
          title: t('field.event'), key: 'event', sorter: (a, b) => a.event.localeCompare(b.event),
          render: (_, line) => (
            <button type="button" className="link person" onClick={() => set({ event: line.name })}>
              <b>{line.title[i18n.language] || line.event}</b><small>{line.event}</small>
            </button>
          ),
        },
        { title: t('plan.kind'), dataIndex: 'kind', render: (kind: string) => <span className="muted">{t(`call_kind.${kind}`)}</span> },
        { title: t('plan.properties'), dataIndex: 'properties', align: 'right', render: format.count },
        { title: t('plan.rows_days', { days: plan.days }), dataIndex: 'rows', align: 'right', defaultSortOrder: 'descend', sorter: (a, b) => a.rows - b.rows, render: format.count },
        {
          title: t('plan.conformity'), dataIndex: 'conformity', width: 170, sorter: (a, b) => (a.conformity ?? 2) - (b.conformity ?? 2),
          render: (share: number | null) => <Share share={share} isLow={share !== null && share < LOW} />,
        },
        {
          title: t('plan.violations'), key: 'violations', align: 'right',
          render: (_, line) => line.blocked > 0
            ? <Link to={`/data/records?reason=plan_violation&event=${encodeURIComponent(line.event)}`}>{format.count(line.blocked + line.flagged)}</Link>
            : <span className={line.flagged ? '' : 'muted'}>{format.count(line.flagged)}</span>,
        },
        {
          title: t('plan.enforce'), dataIndex: 'enforce', width: 130,
          render: (value: Line['enforce'], line) => (
            <Select
              size="small" value={value} disabled={!canRun || send.isPending} onChange={(chosen) => void enforce(line, chosen)} style={{ width: 116 }}
              aria-label={t('plan.enforce_event', { event: line.event })} popupMatchSelectWidth={false}
              options={(['block', 'flag', 'off'] as const).map((one) => ({ value: one, label: t(`enforce.${one}`) }))}
            />
          ),
        },
        { title: t('plan.owner'), dataIndex: 'owner', ellipsis: true, className: 'muted' },
      ]}
    />
  );
}

function Unplanned({ plan }: { plan: PlanOut }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (plan.unplanned.length === 0) return <NextStep text={t('plan.no_unplanned', { days: plan.days })} />;
  return (
    <Table
      size="small" rowKey="event" dataSource={plan.unplanned} scroll={{ x: 480 }} pagination={plan.unplanned.length > 50 ? { pageSize: 50, size: 'small' } : false}
      columns={[
        { title: t('field.event'), dataIndex: 'event', className: 'wrap' },
        { title: t('plan.rows_days', { days: plan.days }), dataIndex: 'rows', align: 'right', render: format.count },
        { title: t('plan.flagged'), dataIndex: 'flagged', align: 'right', render: format.count },
        { title: t('plan.blocked'), dataIndex: 'blocked', align: 'right', render: format.count },
      ]}
    />
  );
}
