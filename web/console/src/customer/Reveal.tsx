import { EyeOutlined } from '@ant-design/icons';
import { App, Button, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useSend } from '../api/hooks';
import { useSay } from '../components/Failure';

type Revealed = Schemas['Revealed'];

/** Asks for a reason, and shows personal data in clear. */
export function Reveal(props: { id: string; done: (revealed: Revealed) => void }) {
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
