import { EyeOutlined } from '@ant-design/icons';
import { App, Button, Form, Input, Modal, Table, Tabs } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { Happenings } from '../components/Happenings';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { Chip, Mark } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { Scores } from '../components/Scores';
import { Section } from '../components/Section';
import { NONE, useFormat } from '../format';
import { PersonCard } from '../identity/PersonCard';
import { useTitles } from '../rules/vocabulary';

type Data = Schemas['CustomerOut'];
type Revealed = Schemas['Revealed'];

export default function Customer() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const query = useGet('/api/customers/{person_id}', { path: { person_id: id } });
  const [revealed, setRevealed] = useState<Revealed | null>(null);
  const name = revealed?.name ?? query.data?.profile.name ?? id;
  const profile = query.data?.profile;
  return (
    <Page
      title={name}
      up={{ to: '/customers', title: t('page.customers') }}
      heading={
        <>
          {name} <Mark kind="tier" value={profile?.value_tier} /> <Mark kind="stage" value={profile?.stage} />
        </>
      }
      lead={name === id ? undefined : id}
      actions={query.data?.is_masked && query.data.may_reveal && !revealed && <Reveal id={id} done={setRevealed} />}
    >
      <Loaded query={query}>
        {(data) => (
          <>
            <Figures data={data} />
            <div className="columns wide-right">
              <div className="stack">
                <Identity data={data} revealed={revealed} />
                <PersonCard id={data.person_id} />
                <TagsByFamily tags={data.tags} />
                <Consents consents={data.consents} />
              </div>
              <div className="stack">
                <Scores scores={data.scores} />
                <Stories data={data} />
              </div>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Reveal(props: { id: string; done: (revealed: Revealed) => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const say = useSay();
  const [isOpen, setOpen] = useState(false);
  const send = useSend('post', '/api/customers/{person_id}/reveal');
  const [form] = Form.useForm<{ reason: string }>();
  const reveal = async ({ reason }: { reason: string }) => {
    try {
      props.done(await send.mutateAsync({ path: { person_id: props.id }, body: { reason } }));
      setOpen(false);
    } catch (error) {
      message.error(say(error));
    }
  };
  return (
    <>
      <Button icon={<EyeOutlined />} onClick={() => setOpen(true)}>{t('customer.reveal')}</Button>
      <Modal
        title={t('customer.reveal')} open={isOpen} onCancel={() => setOpen(false)} onOk={form.submit}
        okText={t('customer.reveal')} confirmLoading={send.isPending} destroyOnHidden
      >
        <p className="muted">{t('customer.reveal_lead')}</p>
        <Form form={form} layout="vertical" onFinish={reveal}>
          <Form.Item name="reason" label={t('customer.reason')} rules={[{ required: true, min: 4, message: t('customer.need_reason') }]}>
            <Input autoFocus maxLength={300} />
          </Form.Item>
        </Form>
      </Modal>
    </>
  );
}

function Figures({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { profile } = data;
  const figures: [string, string][] = [
    ['monetary', format.money(profile.monetary)],
    ['orders', format.count(profile.orders)],
    ['average_order', format.money(profile.average_order)],
    ['last_order_at', profile.recency_days === null ? NONE : t('customer.days_ago', { count: profile.recency_days })],
    ['rfm', profile.r ? `${profile.r} · ${profile.f} · ${profile.m}` : NONE],
    ['visits_30d', format.count(profile.visits_30d)],
    ['messages_30d', format.count(profile.messages_30d)],
    ['completeness', format.share(profile.completeness, 0)],
  ];
  return (
    <div className="kpis small eight">
      {figures.map(([name, value]) => (
        <div className="kpi" key={name}>
          <div className="kpi-name">{t(`field.${name}`)}</div>
          <div className="kpi-value">{value}</div>
          {name === 'rfm' && profile.rfm_segment && <div className="kpi-delta muted">{t(`segment.${profile.rfm_segment}`)}</div>}
        </div>
      ))}
    </div>
  );
}

function Identity({ data, revealed }: { data: Data; revealed: Revealed | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  const { profile } = data;
  const shown = { ...profile, ...(revealed ?? {}) };
  const facts: [string, React.ReactNode][] = [
    ['name', shown.name],
    ['email', shown.email],
    ['phone', shown.phone],
    ['gender', shown.gender && titles.value('gender', shown.gender)],
    ['birth_date', shown.birth_date && (/^\d{4}-\d{2}-\d{2}$/.test(shown.birth_date) ? format.date(shown.birth_date) : shown.birth_date)],
    ['age_group', shown.age_group],
    ['city', shown.city],
    ['country', shown.country],
    ['joined_at', profile.joined_at && format.date(profile.joined_at)],
    ['acquisition_channel', profile.acquisition_channel && titles.value('acquisition_channel', profile.acquisition_channel)],
    ['favourite_category', profile.favourite_category],
    ['first_order_at', profile.first_order_at && format.date(profile.first_order_at)],
    ['last_seen_at', profile.last_seen_at && format.time(profile.last_seen_at)],
  ];
  return (
    <Section title={t('customer.identity')}>
      <dl className="facts">
        {facts.filter(([, value]) => value).map(([name, value]) => (
          <FactRow key={name} name={t(`field.${name}`)}>{value}</FactRow>
        ))}
      </dl>
    </Section>
  );
}

function FactRow(props: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </>
  );
}

function TagsByFamily({ tags }: { tags: Data['tags'] }) {
  const { t } = useTranslation();
  const titles = useTitles();
  const families = ['value', 'behavior', 'preference', 'need', 'basic'];
  return (
    <Section title={t('customer.tags')}>
      {tags.length === 0 && <NextStep text={t('customer.no_tags')} />}
      {families.map((family) => {
        const mine = tags.filter((tag) => tag.family === family);
        if (mine.length === 0) return null;
        return (
          <div className="family" key={family}>
            <span className="family-name">{t(`family.${family}`)}</span>
            <span>
              {mine.map((tag) => (
                <Chip key={tag.tag}>
                  {titles.tag(tag.tag)}
                  {tag.value && `: ${titles.value(tag.tag, tag.value)}`}
                </Chip>
              ))}
            </span>
          </div>
        );
      })}
    </Section>
  );
}

function Consents({ consents }: { consents: Data['consents'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('customer.consents')}>
      {consents.length === 0 && <p className="muted">{t('customer.no_consents')}</p>}
      <dl className="facts">
        {consents.map((consent) => (
          <FactRow key={consent.channel} name={t(`channel.${consent.channel}`, { defaultValue: consent.channel })}>
            <Chip tone={consent.is_granted ? 'green' : 'red'}>
              {t(consent.is_granted ? 'customer.granted' : 'customer.refused')}
            </Chip>{' '}
            <span className="muted">
              {t(`basis.${consent.basis}`, { defaultValue: consent.basis })} {consent.since && format.date(consent.since)}
            </span>
          </FactRow>
        ))}
      </dl>
    </Section>
  );
}

function Stories({ data }: { data: Data }) {
  const { t } = useTranslation();
  return (
    <Section>
      <Tabs
        items={[
          { key: 'timeline', label: t('customer.timeline'), children: <Happenings items={data.timeline} /> },
          { key: 'orders', label: t('customer.orders', { count: data.orders.length }), children: <Orders orders={data.orders} /> },
          { key: 'messages', label: t('customer.messages', { count: data.decisions.length }), children: <Messages data={data} /> },
        ]}
      />
    </Section>
  );
}

function Orders({ orders }: { orders: Data['orders'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (orders.length === 0) return <NextStep text={t('customer.no_orders')} />;
  return (
    <Table
      size="small" rowKey={(row) => `${row.source_id}/${row.order_id}`} dataSource={orders}
      pagination={orders.length > 10 ? { pageSize: 10, size: 'small' } : false} scroll={{ x: 520 }}
      columns={[
        { title: t('field.order_id'), dataIndex: 'order_id' },
        { title: t('field.order_time'), dataIndex: 'order_time', render: format.time },
        { title: t('field.channel'), dataIndex: 'channel', render: (value) => (value ? t(`channel.${value}`, { defaultValue: value }) : NONE) },
        { title: t('field.pieces'), dataIndex: 'pieces', align: 'right', render: (value) => format.decimal(value) },
        { title: t('field.amount'), dataIndex: 'amount', align: 'right', render: (value) => format.money(value) },
      ]}
      expandable={{
        rowExpandable: (row) => row.lines.length > 0,
        expandedRowRender: (row) => (
          <ul className="lines">
            {row.lines.map((line, index) => (
              <li key={index}>
                <span>{line.name ?? line.product_id ?? NONE}</span>
                <span className="muted">× {format.decimal(line.quantity)}</span>
                <span>{format.money(line.amount)}</span>
              </li>
            ))}
          </ul>
        ),
      }}
    />
  );
}

function Messages({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (data.decisions.length === 0) return <NextStep text={t('customer.no_messages')} />;
  return (
    <Table
      size="small" rowKey="decision_id" pagination={false} dataSource={data.decisions} scroll={{ x: 560 }}
      columns={[
        { title: t('field.decided_at'), dataIndex: 'decided_at', render: format.time },
        { title: t('field.campaign'), dataIndex: 'campaign_name' },
        { title: t('field.channel'), dataIndex: 'channel', render: (value) => t(`channel.${value}`, { defaultValue: value }) },
        { title: t('field.arm'), dataIndex: 'arm', render: (value) => <Mark kind="state" value={value} /> },
        {
          title: t('field.outcome'), key: 'outcome',
          render: (_, row) =>
            row.reason ? t(`reason.${row.reason}`, { defaultValue: row.reason })
              : row.last_receipt ? t(`receipt.${row.last_receipt}`)
                : row.state ? <Mark kind="state" value={row.state} /> : NONE,
        },
      ]}
    />
  );
}
