import { SendOutlined } from '@ant-design/icons';
import { Alert, App, Button, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { Bars } from '../components/Bars';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { Mark } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { Section } from '../components/Section';
import { Interval } from '../components/Interval';
import { NONE, useFormat } from '../format';
import { useSession } from '../session';

type Data = Schemas['CampaignOut'];
type Result = Schemas['Result'];

export default function Campaign() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const format = useFormat();
  const query = useGet('/api/campaigns/{campaign_id}', { path: { campaign_id: id } }, { every: 5_000 });
  const data = query.data;
  return (
    <Page
      title={data?.name ?? id}
      up={{ to: '/campaigns', title: t('page.campaigns') }}
      heading={<>{data?.name ?? id} <Mark kind="state" value={data?.state} /></>}
      lead={data && t('campaign.when', { planned: format.time(data.planned_at), launched: format.time(data.launched_at) })}
      actions={data?.state === 'planned' && <Launch data={data} />}
    >
      <Loaded query={query}>
        {(loaded) => (
          <>
            <Verdict data={loaded} />
            <div className="columns even">
              <Plan data={loaded} />
              <Funnel data={loaded} />
            </div>
            <Results results={loaded.results} />
            <Splits data={loaded} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Launch({ data }: { data: Data }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const { modal, message } = App.useApp();
  const say = useSay();
  const format = useFormat();
  const send = useSend('post', '/api/campaigns/{campaign_id}/launch', ['/api/campaigns/{campaign_id}', '/api/campaigns', '/api/overview']);
  const launch = async () => {
    try {
      await send.mutateAsync({ path: { campaign_id: data.campaign_id } });
      message.success(t('campaign.launched'));
    } catch (error) {
      message.error(say(error));
    }
  };
  const ask = () =>
    modal.confirm({
      title: t('campaign.launch_title', { name: data.name }),
      content: t('campaign.launch_lead', { count: format.count(data.counts.treatment ?? 0) }),
      okText: t('campaign.launch'),
      onOk: launch,
    });
  if (!may('campaigns.launch')) return <span className="muted">{t('campaign.needs_approver')}</span>;
  return (
    <Button type="primary" icon={<SendOutlined />} loading={send.isPending} onClick={ask}>{t('campaign.launch')}</Button>
  );
}

const MOODS = { works: 'success', harmful: 'error', doubtful: 'warning' } as const;

function Verdict({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { verdict } = data;
  const revenue = data.results.find((result) => result.metric === 'revenue_per_person');
  return (
    <Section className="verdict">
      <Alert
        type={MOODS[verdict.answer as keyof typeof MOODS] ?? 'info'} showIcon
        title={t(`verdict.${verdict.answer}`)}
        description={
          <>
            {verdict.why ? t(`why.${verdict.why}`, { defaultValue: verdict.why }) : t(`verdict_hint.${verdict.answer}`, { defaultValue: '' })}
            {verdict.answer !== 'not_measured' && !verdict.is_final && <> {t('campaign.not_final')}</>}
          </>
        }
      />
      <div className="kpis small four">
        <Figure name={t('campaign.uplift')} value={format.points(verdict.difference)}
          note={verdict.low !== null && verdict.high !== null ? `[${format.points(verdict.low)}, ${format.points(verdict.high)}]` : ''} />
        <Figure name={t('metric.increment')} value={format.signed(data.revenue_increment, 0)}
          note={revenue && revenue.total_low !== null ? `[${format.signed(revenue.total_low, 0)}, ${format.signed(revenue.total_high, 0)}]` : ''} />
        <Figure name={t('metric.cost')} value={format.money(data.cost)} />
        <Figure name={t('metric.roi')} value={format.decimal(data.roi)} note={t('campaign.roi_hint')} />
      </div>
    </Section>
  );
}

function Figure(props: { name: string; value: string; note?: string }) {
  return (
    <div className="kpi">
      <div className="kpi-name">{props.name}</div>
      <div className="kpi-value">{props.value}</div>
      {props.note && <div className="kpi-delta muted">{props.note}</div>}
    </div>
  );
}

function Plan({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const arms = ['treatment', 'holdout', 'suppressed'].map((arm) => ({
    arm, people: data.splits.filter((split) => split.arm === arm).reduce((sum, split) => sum + split.people, 0),
  }));
  const total = arms.reduce((sum, arm) => sum + arm.people, 0);
  return (
    <Section title={t('campaign.plan')}>
      {total === 0 ? <NextStep text={t('campaign.no_decisions')} command="zhiyin run measurement" /> : (
        <Bars
          label={t('campaign.plan')} most={total}
          bars={arms.map(({ arm, people }) => ({
            key: arm, name: t(`arm.${arm}`), value: people,
            text: <>{format.count(people)} <span className="muted">{format.share(people / total)}</span></>,
          }))}
        />
      )}
      <dl className="facts">
        {Object.entries(data.outbox).map(([state, count]) => (
          <FactRow key={state} name={<Mark kind="state" value={state} />} value={format.count(count)} />
        ))}
      </dl>
    </Section>
  );
}

function FactRow(props: { name: React.ReactNode; value: string }) {
  return (<><dt>{props.name}</dt><dd>{props.value}</dd></>);
}

const STEPS = ['treated', 'delivered', 'opened', 'clicked', 'converted'] as const;

function Funnel({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const sum = (step: (typeof STEPS)[number] | 'unsubscribed' | 'bounced') =>
    data.funnel.reduce((total, part) => total + part[step], 0);
  const treated = sum('treated');
  return (
    <Section title={t('campaign.funnel')}>
      {treated === 0 ? <NextStep text={t('campaign.no_funnel')} command="zhiyin run measurement" /> : (
        <>
          <Bars
            label={t('campaign.funnel')} most={treated}
            bars={STEPS.map((step) => ({
              key: step, name: t(`funnel.${step}`), value: sum(step),
              text: <>{format.count(sum(step))} <span className="muted">{format.share(sum(step) / treated)}</span></>,
            }))}
          />
          <p className="muted">
            {t('campaign.lost', { bounced: format.count(sum('bounced')), unsubscribed: format.count(sum('unsubscribed')) })}
          </p>
        </>
      )}
    </Section>
  );
}

function Results({ results }: { results: Result[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isMoney = (row: Result) => row.metric === 'revenue_per_person';
  const value = (row: Result, mean: number | null) => (isMoney(row) ? format.money(mean) : format.share(mean, 2));
  const change = (row: Result, amount: number | null) => (isMoney(row) ? format.signed(amount) : format.points(amount));
  return (
    <Section title={t('campaign.results')} flush>
      {results.length === 0 ? <NextStep text={t('campaign.no_results')} command="zhiyin run measurement" /> : (
        <Table<Result>
          size="small" rowKey="metric" pagination={false} dataSource={results} scroll={{ x: 900 }}
          columns={[
            { title: t('field.metric'), dataIndex: 'metric', render: (name) => t(`metric.${name}`) },
            { title: t('arm.treatment'), key: 'treated', align: 'right', render: (_, row) => <>{value(row, row.treated_mean)} <small className="muted">n={format.count(row.treated)}</small></> },
            { title: t('arm.holdout'), key: 'holdout', align: 'right', render: (_, row) => <>{value(row, row.holdout_mean)} <small className="muted">n={format.count(row.held_out)}</small></> },
            { title: t('field.difference'), dataIndex: 'difference', align: 'right', render: (amount, row) => <b>{change(row, amount)}</b> },
            {
              title: t('field.interval', { level: format.share(results[0].level, 0) }), key: 'interval', width: 260,
              render: (_, row) => <Interval low={row.low} high={row.high} at={row.difference} shown={(amount) => change(row, amount)} />,
            },
            { title: t('field.lift'), dataIndex: 'lift', align: 'right', render: format.change },
            { title: t('field.p_value'), dataIndex: 'p_value', align: 'right', render: (p) => (p === null ? NONE : format.decimal(p, 4)) },
            { title: t('field.verdict'), dataIndex: 'verdict', render: (answer) => <Mark kind="answer" value={answer} /> },
          ]}
        />
      )}
    </Section>
  );
}

function Splits({ data }: { data: Data }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const strategies = useGet('/api/campaigns/strategies');
  const titled = (name: string) => strategies.data?.find((known) => known.name === name)?.title[i18n.language] ?? name;
  if (data.splits.length === 0) return null;
  return (
    <Section title={t('campaign.splits')} flush>
      <Table
        size="small" rowKey={(row) => [row.strategy, row.channel, row.arm, row.reason].join()} scroll={{ x: 640 }}
        pagination={data.splits.length > 15 ? { pageSize: 15, size: 'small' } : false} dataSource={data.splits}
        columns={[
          { title: t('field.strategy'), dataIndex: 'strategy', render: titled },
          { title: t('field.channel'), dataIndex: 'channel', render: (value) => t(`channel.${value}`, { defaultValue: value }) },
          { title: t('field.arm'), dataIndex: 'arm', render: (value) => <Mark kind="state" value={value} /> },
          { title: t('field.reason'), dataIndex: 'reason', render: (value) => (value ? t(`reason.${value}`, { defaultValue: value }) : NONE) },
          { title: t('field.people'), dataIndex: 'people', align: 'right', render: format.count },
        ]}
      />
    </Section>
  );
}
