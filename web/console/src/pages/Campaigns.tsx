import { PlusOutlined } from '@ant-design/icons';
import { App, Button, Form, Input, InputNumber, Modal, Select, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router-dom';

import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { Mark } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { useSession } from '../session';

export default function Campaigns() {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const query = useGet('/api/campaigns', {}, { every: 15_000 });
  return (
    <Page title={t('page.campaigns')} lead={t('campaigns.lead')} actions={may('campaigns.plan') && <Plan />}>
      <Section flush>
        <Loaded query={query}>
          {(campaigns) =>
            campaigns.length === 0 ? (
              <NextStep text={t('campaigns.empty')} command="zhiyin campaign plan NAME" />
            ) : (
              <Table
                size="small" rowKey="campaign_id" dataSource={campaigns} scroll={{ x: 980 }}
                pagination={campaigns.length > 20 ? { pageSize: 20 } : false}
                columns={[
                  {
                    title: t('field.campaign'), dataIndex: 'name',
                    render: (name, row) => <Link to={`/campaigns/${row.campaign_id}`} className="person"><b>{name}</b><small>{row.campaign_id}</small></Link>,
                  },
                  { title: t('field.state'), dataIndex: 'state', render: (state) => <Mark kind="state" value={state} /> },
                  { title: t('field.planned_at'), dataIndex: 'planned_at', render: format.time },
                  { title: t('field.launched_at'), dataIndex: 'launched_at', render: format.time },
                  { title: t('arm.treatment'), key: 'treatment', align: 'right', render: (_, row) => format.count(row.counts.treatment ?? null) },
                  { title: t('arm.holdout'), key: 'holdout', align: 'right', render: (_, row) => format.count(row.counts.holdout ?? null) },
                  { title: t('field.verdict'), key: 'verdict', render: (_, row) => <Mark kind="answer" value={row.verdict.answer} /> },
                  { title: t('metric.increment'), dataIndex: 'revenue_increment', align: 'right', render: (value) => format.signed(value, 0) },
                  { title: t('metric.cost'), dataIndex: 'cost', align: 'right', render: (value) => format.money(value) },
                  { title: t('metric.roi'), dataIndex: 'roi', align: 'right', render: (value) => format.decimal(value) },
                ]}
              />
            )
          }
        </Loaded>
      </Section>
    </Page>
  );
}

type Fields = { name: string; strategies?: string[]; holdout?: number };

function Plan() {
  const { t, i18n } = useTranslation();
  const { message } = App.useApp();
  const say = useSay();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [form] = Form.useForm<Fields>();
  const strategies = useGet('/api/campaigns/strategies', {}, { enabled: isOpen });
  const send = useSend('post', '/api/campaigns', ['/api/campaigns', '/api/overview']);
  const plan = async (fields: Fields) => {
    try {
      const made = await send.mutateAsync({
        body: {
          name: fields.name,
          strategies: fields.strategies ?? [],
          holdout: fields.holdout === undefined || fields.holdout === null ? null : fields.holdout / 100,
        },
      });
      setOpen(false);
      navigate(`/campaigns/${made.campaign_id}`);
    } catch (error) {
      message.error(say(error));
    }
  };
  return (
    <>
      <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen(true)}>{t('campaigns.plan')}</Button>
      <Modal
        title={t('campaigns.plan')} open={isOpen} onCancel={() => setOpen(false)} onOk={form.submit}
        okText={t('campaigns.plan')} confirmLoading={send.isPending} destroyOnHidden
      >
        <p className="muted">{t('campaigns.plan_lead')}</p>
        <Form form={form} layout="vertical" onFinish={plan} requiredMark={false}>
          <Form.Item name="name" label={t('campaigns.name')} rules={[{ required: true, message: t('campaigns.need_name') }]}>
            <Input autoFocus maxLength={80} />
          </Form.Item>
          <Form.Item name="strategies" label={t('campaigns.strategies')} extra={t('campaigns.strategies_hint')}>
            <Select
              mode="multiple" allowClear placeholder={t('campaigns.all_strategies')} loading={strategies.isLoading}
              options={strategies.data?.map((strategy) => ({ value: strategy.name, label: strategy.title[i18n.language] ?? strategy.name }))}
            />
          </Form.Item>
          <Form.Item name="holdout" label={t('campaigns.holdout')} extra={t('campaigns.holdout_hint')}>
            <InputNumber min={0} max={90} suffix="%" style={{ width: 140 }} />
          </Form.Item>
        </Form>
      </Modal>
    </>
  );
}
