import { App, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import type { FreshKey } from './FirstSteps';

const TYPES = ['web', 'mini_program', 'app', 'server', 'store', 'service'] as const;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** The form of a new source, or of the terms of one that is there. */
export function Terms(props: { source: Schemas['SourceOut'] | null; close: () => void; made: (fresh: FreshKey) => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const say = useSay();
  const [form] = Form.useForm<Schemas['SourceIn']>();
  const type = Form.useWatch('source_type', form);
  const create = useSend('post', '/api/settings/sources', ['/api/settings/sources']);
  const change = useSend('patch', '/api/settings/sources/{name}', ['/api/settings/sources']);
  const { source } = props;
  const save = async (fields: Schemas['SourceIn']) => {
    const body = { ...fields, events_per_second: fields.events_per_second ?? 0 };
    try {
      if (source) {
        await change.mutateAsync({ path: { name: source.name }, body: { ...body, name: undefined } as Schemas['SourceChange'] });
      } else {
        const made = await create.mutateAsync({ body });
        props.made({ name: made.name, key: made.write_key, type: body.source_type ?? 'server', isNew: true });
      }
      props.close();
    } catch (error) {
      message.error(say(error));
    }
  };
  return (
    <Modal
      open title={source ? t('sources.terms', { name: source.name }) : t('sources.new')} onCancel={props.close} onOk={form.submit}
      okText={t(source ? 'action.save' : 'action.create')} confirmLoading={create.isPending || change.isPending} destroyOnHidden
    >
      <Form
        form={form} layout="vertical" onFinish={save} requiredMark={false}
        initialValues={source ?? { source_type: 'web', allowed_origins: [], events_per_second: 0, required_consents: [] }}
      >
        {!source && (
          <Form.Item name="name" label={t('field.source')} extra={t('settings.source_hint')} rules={[{ required: true, pattern: NAME, message: t('settings.source_hint') }]}>
            <Input autoFocus placeholder="web_shop" />
          </Form.Item>
        )}
        <Form.Item name="source_type" label={t('sources.type')}>
          <Select options={TYPES.map((value) => ({ value, label: t(`source_type.${value}`) }))} />
        </Form.Item>
        {type === 'web' && (
          <Form.Item name="allowed_origins" label={t('sources.origins')} extra={t('sources.origins_hint')}>
            <Select mode="tags" tokenSeparators={[' ', ',']} placeholder="https://shop.example.com" open={false} suffixIcon={null} />
          </Form.Item>
        )}
        <Form.Item name="events_per_second" label={t('sources.rate')} extra={t('sources.rate_hint')}>
          <InputNumber min={0} max={10_000_000} style={{ width: 160 }} />
        </Form.Item>
        <Form.Item name="required_consents" label={t('sources.consents')} extra={t('sources.consents_hint')}>
          <Select mode="tags" tokenSeparators={[' ', ',']} options={['analytics', 'marketing'].map((value) => ({ value, label: value }))} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
