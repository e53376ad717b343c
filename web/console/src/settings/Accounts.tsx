import { PlusOutlined } from '@ant-design/icons';
import { App, Button, Form, Input, Modal, Select, Switch, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import type { Language } from '../i18n';
import { useSession } from '../session';

const ROLES = ['admin', 'analyst', 'marketer', 'approver', 'viewer', 'privacy_officer'] as const;
type Role = (typeof ROLES)[number];
type Account = Schemas['AccountOut'];

export function Accounts() {
  const { t } = useTranslation();
  const { may, session } = useSession();
  const { message } = App.useApp();
  const say = useSay();
  const query = useGet('/api/settings/accounts');
  const change = useSend('patch', '/api/settings/accounts/{username}', ['/api/settings/accounts']);
  const canWrite = may('accounts.write');
  const put = (account: Account, body: Schemas['AccountChange']) =>
    change.mutateAsync({ path: { username: account.username }, body }).catch((error) => message.error(say(error)));
  return (
    <>
      {canWrite && <Create />}
      <Loaded query={query}>
        {(accounts) => (
          <Table
            size="small" rowKey="username" pagination={false} dataSource={accounts} scroll={{ x: 640 }}
            columns={[
              { title: t('login.username'), dataIndex: 'username' },
              { title: t('login.display_name'), dataIndex: 'display_name' },
              {
                title: t('field.role'), dataIndex: 'role', width: 180,
                render: (role: Role, row) => canWrite && row.username !== session.account?.username ? (
                  <Select
                    size="small" value={role} aria-label={`${t('field.role')} ${row.username}`} style={{ width: 150 }}
                    onChange={(chosen) => void put(row, { role: chosen })}
                    options={ROLES.map((name) => ({ value: name, label: t(`role.${name}`) }))}
                  />
                ) : t(`role.${role}`),
              },
              { title: t('field.language'), dataIndex: 'language', render: (language) => t(`language.${language}`) },
              {
                title: t('settings.active'), dataIndex: 'is_active', width: 90,
                render: (isActive: boolean, row) => (
                  <Switch
                    size="small" checked={isActive} aria-label={`${t('settings.active')} ${row.username}`}
                    disabled={!canWrite || row.username === session.account?.username}
                    onChange={(chosen) => void put(row, { is_active: chosen })}
                  />
                ),
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}

function Create() {
  const { t, i18n } = useTranslation();
  const { message } = App.useApp();
  const say = useSay();
  const [isOpen, setOpen] = useState(false);
  const [form] = Form.useForm<{ username: string; display_name?: string; role: Role; password: string }>();
  const send = useSend('post', '/api/settings/accounts', ['/api/settings/accounts']);
  const create = async (fields: { username: string; display_name?: string; role: Role; password: string }) => {
    try {
      await send.mutateAsync({ body: { ...fields, display_name: fields.display_name ?? '', language: i18n.language as Language } });
      setOpen(false);
    } catch (error) {
      message.error(say(error));
    }
  };
  return (
    <p>
      <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen(true)}>{t('settings.new_account')}</Button>
      <Modal title={t('settings.new_account')} open={isOpen} onCancel={() => setOpen(false)} onOk={form.submit} okText={t('action.create')} confirmLoading={send.isPending} destroyOnHidden>
        <Form form={form} layout="vertical" onFinish={create} requiredMark={false} initialValues={{ role: 'viewer' }}>
          <Form.Item name="username" label={t('login.username')} rules={[{ required: true, message: t('login.need_username') }]}><Input autoComplete="off" autoFocus /></Form.Item>
          <Form.Item name="display_name" label={t('login.display_name')}><Input autoComplete="off" /></Form.Item>
          <Form.Item name="role" label={t('field.role')} extra={t('settings.role_hint')}>
            <Select options={ROLES.map((name) => ({ value: name, label: t(`role.${name}`) }))} />
          </Form.Item>
          <Form.Item name="password" label={t('login.password')} extra={t('login.password_rule')} rules={[{ required: true, min: 10, message: t('login.password_rule') }]}>
            <Input.Password autoComplete="new-password" />
          </Form.Item>
        </Form>
      </Modal>
    </p>
  );
}
