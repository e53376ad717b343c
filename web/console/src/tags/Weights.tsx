import { Alert, App, Button, Popconfirm, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { NextStep } from '../components/NextStep';
import { NONE, useFormat } from '../format';
import { useTitles } from '../conditions';
import { useSession } from '../session';

type Line = Schemas['TagWeightLine'];

/** How much each tag says about response: what is in force, and a proposal to approve or turn down. */
export function Weights() {
  const { t } = useTranslation();
  const { may } = useSession();
  const { message } = App.useApp();
  const say = useSay();
  const query = useGet('/api/tags/weights');
  const propose = useSend('post', '/api/tags/weights/propose', ['/api/tags/weights']);
  const canWrite = may('audiences.write');
  const estimate = () =>
    propose.mutateAsync({}).then(
      (done) => { if (!done.proposal) message.info(t('tags.no_campaign')); },
      (error) => message.error(say(error)),
    );
  return (
    <Loaded query={query}>
      {({ in_force: inForce, proposed }) => (
        <div className="stack">
          <p className="muted">{t('tags.weights_lead')}</p>
          {canWrite && <p><Button loading={propose.isPending} onClick={() => void estimate()}>{t('tags.propose')}</Button></p>}
          {proposed.length > 0 && <Proposed lines={proposed} canWrite={canWrite} />}
          {inForce.length > 0 ? <><h3>{t('tags.in_force')}</h3><Lines lines={inForce} /></>
            : proposed.length === 0 && <NextStep text={t('tags.no_weights')} command="zhiyin tags weights propose" />}
        </div>
      )}
    </Loaded>
  );
}

function Proposed({ lines, canWrite }: { lines: Line[]; canWrite: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { message } = App.useApp();
  const say = useSay();
  const send = useSend('post', '/api/tags/weights/{proposal}/{verdict}', ['/api/tags/weights', '/api/tags/{name}']);
  const proposal = lines[0]!.proposal_id;
  const decide = (verdict: 'approve' | 'reject') =>
    send.mutateAsync({ path: { proposal, verdict } }).catch((error) => message.error(say(error)));
  return (
    <>
      <h3>{t('tags.proposed')}</h3>
      <Alert
        type="info" showIcon title={t('tags.waits', { when: format.time(lines[0]!.proposed_at) })}
        action={canWrite && (
          <span className="tools">
            <Popconfirm title={t('tags.approve_title')} onConfirm={() => decide('approve')}>
              <Button type="primary" size="small">{t('tags.approve')}</Button>
            </Popconfirm>
            <Button size="small" onClick={() => void decide('reject')}>{t('tags.reject')}</Button>
          </span>
        )}
      />
      <Lines lines={lines} />
    </>
  );
}

function Lines({ lines }: { lines: Line[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  return (
    <Table<Line>
      size="small" rowKey="tag" dataSource={lines} pagination={lines.length > 50 ? { pageSize: 50, size: 'small' } : false} scroll={{ x: 640 }}
      columns={[
        { title: t('field.tag'), dataIndex: 'tag', render: (tag: string) => <Link to={`/tags/${tag}`}>{titles.tag(tag)}</Link> },
        { title: t('tags.weight_before'), dataIndex: 'weight_before', align: 'right', render: (value: number) => format.decimal(value) },
        { title: t('tags.weight'), dataIndex: 'weight', align: 'right', sorter: (a, b) => a.weight - b.weight, render: (value: number) => <b>{format.decimal(value)}</b> },
        {
          title: t('tags.effect'), key: 'effect', align: 'right',
          render: (_, line) => line.effect === null ? NONE : `${format.decimal(line.effect)} ± ${format.decimal(line.effect_error)}`,
        },
        { title: t('tags.seen_people'), dataIndex: 'people', align: 'right', render: format.count },
      ]}
    />
  );
}
