import { App, Form, Input, InputNumber, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router-dom';

import { useSend } from '../api/hooks';
import { useSay } from '../components/Failure';

type Wanted = { percent: number; save_as: string; title?: string; seed?: string };

/** A random sample of an audience, kept as a list. */
export function Sampling({ name, close }: { name: string; close: () => void }) {
  const { t } = useTranslation();
  const say = useSay();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const [form] = Form.useForm<Wanted>();
  const send = useSend('post', '/api/audiences/{name}/sample', ['/api/audiences', '/api/fields']);
  const draw = async () => {
    const wanted = await form.validateFields().catch(() => null);
    if (!wanted) return;
    const body = { share: wanted.percent / 100, size: null, save_as: wanted.save_as, title: wanted.title ?? '', seed: wanted.seed ?? '' };
    try {
      await send.mutateAsync({ path: { name }, body });
      close();
      navigate(`/audiences/${wanted.save_as}`);
    } catch (error) {
      message.error(say(error));
    }
  };
  return (
    <Modal open title={t('audiences.draw')} onCancel={close} onOk={() => void draw()} okText={t('audiences.keep_list')} cancelText={t('action.cancel')} confirmLoading={send.isPending}>
      <p className="muted">{t('audiences.draw_lead')}</p>
      <Form name="sampling" form={form} layout="vertical" requiredMark={false} initialValues={{ percent: 10 }}>
        <Form.Item name="percent" label={t('audiences.draw_share')} rules={[{ required: true }]}><InputNumber min={0.1} max={100} suffix="%" className="full" /></Form.Item>
        <Form.Item name="save_as" label={t('audiences.name')} rules={[{ required: true, pattern: /^[a-z][a-z0-9_]{0,62}$/, message: t('audiences.name_hint') }]}><Input /></Form.Item>
        <Form.Item name="title" label={t('audiences.title')}><Input maxLength={80} /></Form.Item>
        <Form.Item name="seed" label={t('audiences.seed')}><Input maxLength={80} /></Form.Item>
      </Form>
    </Modal>
  );
}
