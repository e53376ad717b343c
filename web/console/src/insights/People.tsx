import { Alert, App, Button, Drawer, Form, Input, Modal, Segmented, Skeleton, Table } from 'antd';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router-dom';

import { call, type Problem, type Schemas } from '../api/client';
import { useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Mark } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { NONE, useFormat } from '../format';
import { useSession } from '../session';
import type { Point } from './question';

type Behind = { asked: Asked; title: string; sides?: Sides };
type Asked = { analysis: string; spec: object; point: Point };
/** Two sides of a point, such as who came back and who did not. */
export type Sides = { name: string; point: Point }[];
export type Look = (point: Point, title: string, sides?: Sides) => void;
const FIRST = 50;
const MOST = 500;

/** Lets every point of an answer list its people; null for who may not see any. */
export function usePeople(analysis: string, spec: object | undefined): { look: Look | null; drawer: ReactNode } {
  const { may } = useSession();
  const [behind, setBehind] = useState<Behind | null>(null);
  const look = useCallback<Look>(
    (point, title, sides) => spec && setBehind({ asked: { analysis, spec, point }, title, sides }),
    [analysis, spec],
  );
  return {
    look: may('customers.read') ? look : null,
    drawer: behind && <People key={JSON.stringify(behind)} {...behind} close={() => setBehind(null)} />,
  };
}

function People({ asked: first, title: name, sides, close }: Behind & { close: () => void }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const say = useSay();
  const format = useFormat();
  const [limit, setLimit] = useState(FIRST);
  const [side, setSide] = useState(0);
  const asked = sides ? { ...first, point: sides[side].point } : first;
  const title = sides ? `${name} · ${sides[side].name}` : name;
  const [isKept, setKept] = useState(false);
  const query = useQuery<Schemas['PeopleBehind'], Problem>({
    queryKey: ['/api/insights/people', asked, limit],
    queryFn: () => call('post', '/api/insights/people', { body: { ...asked, limit } as never }),
    placeholderData: keepPreviousData,
  });
  const found = query.data;
  const isOld = query.isPlaceholderData;
  return (
    <Drawer
      open size={760} onClose={close} title={title}
      extra={may('audiences.write') && <Button type="primary" disabled={!found?.total || isOld} onClick={() => setKept(true)}>{t('action.save_audience')}</Button>}
    >
      {sides && (
        <Segmented
          aria-label={t('insights.side')} value={side} onChange={setSide} className="ask-sides"
          options={sides.map((one, value) => ({ value, label: one.name }))}
        />
      )}
      {query.error && <Alert type="warning" showIcon title={say(query.error)} />}
      {!found && !query.error && <Skeleton active paragraph={{ rows: 8 }} />}
      <div className={isOld ? 'ask-answer old' : 'ask-answer'} aria-busy={isOld}>
        {found && <p className="muted ask-found">{t('insights.people_found', { count: found.total, shown: format.count(found.total) })}</p>}
        {found && (found.total === 0 ? <NextStep text={t('insights.nobody')} /> : <Listed people={found.people} />)}
        {found && limit < MOST && found.total > limit && (
          <p><Button onClick={() => setLimit(MOST)} loading={query.isFetching}>{t('insights.show_more', { count: Math.min(MOST, found.total) })}</Button></p>
        )}
      </div>
      {isKept && found && <Keep asked={asked} people={found.total} title={title} close={() => setKept(false)} />}
    </Drawer>
  );
}

function Listed({ people }: { people: Schemas['CustomerRow'][] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table
      size="small" rowKey="person_id" dataSource={people} scroll={{ x: 'max-content' }}
      pagination={people.length > 20 ? { pageSize: 20, size: 'small', showSizeChanger: false } : false}
      columns={[
        {
          title: t('field.customer'), key: 'who',
          render: (_, one) => (
            <Link to={`/customers/${encodeURIComponent(one.person_id)}`} className="person">
              <b>{one.name ?? t('insights.no_name')}</b><small>{one.person_id}</small>
            </Link>
          ),
        },
        { title: t('field.value_tier'), dataIndex: 'value_tier', render: (tier) => (tier ? <Mark kind="tier" value={tier} /> : NONE) },
        { title: t('field.stage'), dataIndex: 'stage', render: (stage) => <Mark kind="stage" value={stage} /> },
        { title: t('field.orders'), dataIndex: 'orders', align: 'right', render: format.count },
        { title: t('field.monetary'), dataIndex: 'monetary', align: 'right', render: (value: number) => format.money(value, 0) },
        { title: t('field.last_seen_at'), dataIndex: 'last_seen_at', align: 'right', render: format.date },
      ]}
    />
  );
}

function Keep({ asked, people, title, close }: { asked: Asked; people: number; title: string; close: () => void }) {
  const { t } = useTranslation();
  const say = useSay();
  const format = useFormat();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const [problem, setProblem] = useState('');
  const [form] = Form.useForm<{ name: string; title: string }>();
  const send = useSend('post', '/api/insights/people/audience', ['/api/audiences', '/api/fields']);
  const keep = async () => {
    const texts = await form.validateFields().catch(() => null);
    if (!texts) return;
    try {
      await send.mutateAsync({ body: { ...asked, ...texts } as never });
      message.success(t('audiences.saved'));
      navigate(`/audiences/${texts.name}`);
    } catch (error) {
      setProblem(say(error));
    }
  };
  return (
    <Modal
      open title={t('action.save_audience')} onCancel={close} onOk={() => void keep()} okText={t('action.save')}
      cancelText={t('action.cancel')} confirmLoading={send.isPending}
    >
      <p className="muted">{t('insights.keep_lead', { count: people, shown: format.count(people) })}</p>
      {problem && <Alert type="error" showIcon title={problem} />}
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ title: title.slice(0, 80), name: suggested(asked) }}>
        <Form.Item name="title" label={t('audiences.title')}><Input maxLength={80} /></Form.Item>
        <Form.Item name="name" label={t('audiences.name')} rules={[{ required: true, pattern: /^[a-z][a-z0-9_]{0,62}$/, message: t('audiences.name_hint') }]}>
          <Input />
        </Form.Item>
      </Form>
    </Modal>
  );
}

/** A name made of what was asked, such as `funnel_2_dropped`. */
function suggested({ analysis, point }: Asked): string {
  const words = Object.values(point).filter((value) => typeof value === 'string' || typeof value === 'number');
  return [analysis, ...words].join('_').toLowerCase().replaceAll(/[^a-z0-9]+/g, '_').replace(/_+$/, '').slice(0, 60);
}
