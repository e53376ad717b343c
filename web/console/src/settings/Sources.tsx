import { PlusOutlined } from '@ant-design/icons';
import { Alert, App, Button, Form, Input, Modal, Popconfirm, Table, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { useFormat } from '../format';
import { useSession } from '../session';

export function Sources() {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const { message } = App.useApp();
  const say = useSay();
  const query = useGet('/api/settings/sources');
  const disable = useSend('delete', '/api/settings/sources/{name}', ['/api/settings/sources']);
  const [made, setMade] = useState<Schemas['NewSource'] | null>(null);
  const canWrite = may('settings.write');
  return (
    <>
      <p className="muted">{t('settings.sources_lead')}</p>
      {canWrite && <Create done={setMade} />}
      {made && (
        <Alert
          type="success" showIcon className="new-key" closable={{ onClose: () => setMade(null) }}
          title={t('settings.key_title', { name: made.name })}
          description={<>{t('settings.key_lead')} <Typography.Text code copyable>{made.write_key}</Typography.Text></>}
        />
      )}
      <Loaded query={query}>
        {(sources) => sources.length === 0 ? <NextStep text={t('settings.no_sources')} command="zhiyin source create web" /> : (
          <Table
            size="small" rowKey="source_id" pagination={false} dataSource={sources} scroll={{ x: 520 }}
            columns={[
              { title: t('field.source'), dataIndex: 'name' },
              { title: t('field.created_at'), dataIndex: 'created_at', render: format.time },
              { title: t('field.state'), dataIndex: 'is_active', render: (isActive) => <Chip tone={isActive ? 'green' : 'plain'}>{t(isActive ? 'settings.active' : 'settings.disabled')}</Chip> },
              {
                title: '', key: 'disable', align: 'right',
                render: (_, row) => canWrite && row.is_active && (
                  <Popconfirm
                    title={t('settings.disable_title', { name: row.name })} description={t('settings.disable_lead')}
                    onConfirm={() => disable.mutateAsync({ path: { name: row.name } }).catch((error) => message.error(say(error)))}
                  >
                    <Button size="small" type="text" danger>{t('settings.disable')}</Button>
                  </Popconfirm>
                ),
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}

function Create(props: { done: (made: Schemas['NewSource']) => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const say = useSay();
  const [isOpen, setOpen] = useState(false);
  const [form] = Form.useForm<{ name: string }>();
  const send = useSend('post', '/api/settings/sources', ['/api/settings/sources']);
  const create = async (fields: { name: string }) => {
    try {
      props.done(await send.mutateAsync({ body: fields }));
      setOpen(false);
    } catch (error) {
      message.error(say(error));
    }
  };
  return (
    <p>
      <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen(true)}>{t('settings.new_source')}</Button>
      <Modal title={t('settings.new_source')} open={isOpen} onCancel={() => setOpen(false)} onOk={form.submit} okText={t('action.create')} confirmLoading={send.isPending} destroyOnHidden>
        <Form form={form} layout="vertical" onFinish={create} requiredMark={false}>
          <Form.Item name="name" label={t('field.source')} extra={t('settings.source_hint')} rules={[{ required: true, pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, message: t('settings.source_hint') }]}>
            <Input autoFocus placeholder="web" />
          </Form.Item>
        </Form>
      </Modal>
    </p>
  );
}
