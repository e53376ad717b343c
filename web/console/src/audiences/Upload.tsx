import { InboxOutlined } from '@ant-design/icons';
import { Alert, App, Form, Input, Modal, Upload as Picker } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { useFormat } from '../format';

type Report = Schemas['UploadOut'];
type Picked = { file: string; text: string };

/** An audience made of a list of ids: picked, looked through, and kept. */
export function Upload({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const say = useSay();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const [picked, setPicked] = useState<Picked | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const [problem, setProblem] = useState('');
  const [form] = Form.useForm<{ name: string; title?: string }>();
  const send = useSend('post', '/api/audiences/upload', ['/api/audiences', '/api/fields']);
  const look = async (file: File) => {
    const text = await file.text();
    setPicked({ file: file.name, text });
    try {
      setReport(await send.mutateAsync({ body: { name: 'looked_at', title: '', text, file: file.name, dry_run: true } }));
      setProblem('');
    } catch (error) {
      setReport(null);
      setProblem(say(error));
    }
  };
  const keep = async () => {
    const texts = await form.validateFields().catch(() => null);
    if (!texts || !picked) return;
    try {
      await send.mutateAsync({ body: { name: texts.name, title: texts.title ?? '', ...picked, dry_run: false } });
      message.success(t('audiences.saved'));
      close();
      navigate(`/audiences/${texts.name}`);
    } catch (error) {
      setProblem(say(error));
    }
  };
  return (
    <Modal
      open title={t('audiences.upload')} onCancel={close} onOk={() => void keep()} okText={t('audiences.keep_list')}
      cancelText={t('action.cancel')} confirmLoading={send.isPending} okButtonProps={{ disabled: !report?.people }}
    >
      <div className="stack">
        <Picker.Dragger accept=".csv,.txt" maxCount={1} showUploadList={false} beforeUpload={(file) => { void look(file); return false; }}>
          <p><InboxOutlined /> {picked?.file ?? t('audiences.upload_pick')}</p>
          <p className="muted">{t('audiences.upload_hint')}</p>
        </Picker.Dragger>
        {report && <Told report={report} />}
        {problem && <Alert type="error" showIcon title={problem} />}
        <Form name="upload" form={form} layout="vertical" requiredMark={false}>
          <Form.Item name="name" label={t('audiences.name')} rules={[{ required: true, pattern: /^[a-z][a-z0-9_]{0,62}$/, message: t('audiences.name_hint') }]}>
            <Input placeholder="trade_fair_2026" />
          </Form.Item>
          <Form.Item name="title" label={t('audiences.title')}><Input maxLength={80} /></Form.Item>
        </Form>
      </div>
    </Modal>
  );
}

function Told({ report }: { report: Report }) {
  const { t } = useTranslation();
  const format = useFormat();
  const lines = (['rows', 'matched', 'unmatched', 'repeated', 'conflicting', 'empty', 'people'] as const).filter(
    (key) => report[key] > 0 || ['rows', 'matched', 'unmatched', 'people'].includes(key),
  );
  return (
    <>
      <dl className="facts">
        {lines.map((key) => [<dt key={key}>{t(`audiences.uploaded.${key}`)}</dt>, <dd key={`${key} n`}>{format.count(report[key])}</dd>])}
      </dl>
      {report.examples.length > 0 && (
        <p className="muted">{t('audiences.unknown_ids')} <code>{report.examples.slice(0, 6).join(', ')}</code></p>
      )}
    </>
  );
}
