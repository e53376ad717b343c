import { App, Button, Form, Input, InputNumber, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useSend } from '../api/hooks';
import { Bars } from '../components/Bars';
import { ChartCard } from '../components/ChartCard';
import { useSay } from '../components/Failure';
import { Section } from '../components/Section';
import { useTitles } from '../conditions';
import { useFormat } from '../format';

type Found = Schemas['LookalikeOut'];
type Wanted = { size?: number | null; save_as?: string; title?: string };

/** People like those of an audience: asked for, judged, and kept under a name. */
export function Lookalike({ name }: { name: string }) {
  const { t } = useTranslation();
  const say = useSay();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const [found, setFound] = useState<Found | null>(null);
  const [form] = Form.useForm<Wanted>();
  const send = useSend('post', '/api/audiences/{name}/lookalike', ['/api/audiences', '/api/fields']);
  const ask = async (keeps: boolean) => {
    const { size, save_as, title } = form.getFieldsValue();
    if (keeps && !save_as) return message.warning(t('audiences.need_name'));
    const body = { size: size ?? null, save_as: keeps ? save_as : null, title: title ?? '' };
    try {
      const answer = await send.mutateAsync({ path: { name }, body });
      setFound(answer);
      if (answer.audience) navigate(`/audiences/${answer.audience}`);
    } catch (error) {
      message.error(say(error));
    }
  };
  return (
    <div className="stack">
      <Section title={t('audiences.lookalike')}>
        <p className="muted">{t('audiences.lookalike_lead')}</p>
        <Form name="lookalike" form={form} layout="vertical">
          <div className="form-grid">
            <Form.Item name="size" label={t('audiences.wanted')}><InputNumber min={1} className="full" /></Form.Item>
            <Form.Item name="save_as" label={t('audiences.name')} rules={[{ pattern: /^[a-z][a-z0-9_]{0,62}$/, message: t('audiences.name_hint') }]}><Input /></Form.Item>
            <Form.Item name="title" label={t('audiences.title')}><Input maxLength={80} /></Form.Item>
          </div>
        </Form>
        <span className="tools">
          <Button loading={send.isPending} onClick={() => void ask(false)}>{t('audiences.judge')}</Button>
          <Button type="primary" loading={send.isPending} onClick={() => void ask(true)}>{t('audiences.keep_list')}</Button>
        </span>
      </Section>
      {found && <Quality found={found} />}
    </div>
  );
}

function Quality({ found }: { found: Found }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  const share = (value: number) => format.share(value);
  return (
    <>
      <ChartCard
        title={t('audiences.quality')} label={t('audiences.quality_label')} file={`${found.seed}_lookalike`} height={240}
        columns={[t('audiences.best_share'), t('audiences.found_share'), t('audiences.random')]}
        rows={found.curve.map((point) => [point.share, point.recall, point.share])}
        shown={(cell) => share(cell as number)}
        option={{
          grid: { left: 56, right: 16, top: 32, bottom: 40 }, legend: { top: 0 }, tooltip: { trigger: 'axis' },
          xAxis: { type: 'value', min: 0, max: 1, name: t('audiences.best_share'), nameLocation: 'middle', nameGap: 26, axisLabel: { formatter: share } },
          yAxis: { type: 'value', min: 0, max: 1, axisLabel: { formatter: share } },
          series: [
            { type: 'line', name: t('audiences.lookalike'), data: [[0, 0], ...found.curve.map((point) => [point.share, point.recall])] },
            { type: 'line', name: t('audiences.random'), data: [[0, 0], [1, 1]], lineStyle: { type: 'dashed' }, showSymbol: false },
          ],
        }}
      />
      <div className="columns">
        <Section title={t('audiences.lift')} flush>
          <Table
            size="small" rowKey="share" pagination={false} dataSource={found.curve}
            columns={[
              { title: t('audiences.best_share'), dataIndex: 'share', render: share },
              { title: t('audiences.precision'), dataIndex: 'precision', align: 'right', render: share },
              { title: t('audiences.random'), dataIndex: 'random', align: 'right', render: share },
              { title: t('audiences.lift'), dataIndex: 'lift', align: 'right', render: (lift: number) => `×${format.decimal(lift, 1)}` },
            ]}
          />
        </Section>
        <Section title={t('audiences.importance')}>
          <Bars
            label={t('audiences.importance')}
            bars={found.importance.map((one) => {
              const [field, ...value] = one.feature.split('.');
              const name = field === 'tag' ? titles.tag(value.join('.')) : titles.attribute(field);
              return {
                key: one.feature, value: one.share, text: share(one.share),
                name: field !== 'tag' && value.length ? `${name}: ${titles.value(field, value.join('.'))}` : name,
              };
            })}
          />
          <p className="muted">{t('audiences.held_out', { people: format.count(found.held_out), seed: format.count(found.held_out_seed) })}</p>
        </Section>
      </div>
    </>
  );
}
