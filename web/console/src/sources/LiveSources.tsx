import { EllipsisOutlined, PlusOutlined } from '@ant-design/icons';
import { App, Button, Dropdown, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { NONE, useFormat } from '../format';
import { useSession } from '../session';
import { FirstSteps, type FreshKey } from './FirstSteps';
import { Terms } from './Terms';

type Source = Schemas['SourceOut'];
const STALE = ['/api/settings/sources', '/api/data/arrivals'] as const;

/** Who may send events, on which terms, and what came from each lately. */
export function LiveSources() {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const query = useGet('/api/settings/sources');
  const arrivals = useGet('/api/data/arrivals', {}, { every: 5_000 });
  const [fresh, setFresh] = useState<FreshKey | null>(null);
  const [edited, setEdited] = useState<Source | 'new' | null>(null);
  const canWrite = may('settings.write');
  const came = new Map(arrivals.data?.sources.map((one) => [one.source_id, one]));
  return (
    <>
      <p className="muted">{t('sources.live_lead')}</p>
      {canWrite && (
        <p><Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited('new')}>{t('sources.new')}</Button></p>
      )}
      {fresh && <FirstSteps fresh={fresh} close={() => setFresh(null)} />}
      {edited && <Terms source={edited === 'new' ? null : edited} close={() => setEdited(null)} made={setFresh} />}
      <Loaded query={query}>
        {(sources) => sources.length === 0 ? <NextStep text={t('sources.none')} command="zhiyin source create web_shop --type web" /> : (
          <Table
            size="small" rowKey="source_id" pagination={false} dataSource={sources} scroll={{ x: 900 }}
            columns={[
              { title: t('field.source'), dataIndex: 'name' },
              { title: t('sources.type'), dataIndex: 'source_type', render: (type) => t(`source_type.${type}`) },
              { title: t('field.state'), dataIndex: 'is_active', render: (isActive) => <Chip tone={isActive ? 'green' : 'plain'}>{t(isActive ? 'settings.active' : 'settings.disabled')}</Chip> },
              { title: t('sources.events', { days: arrivals.data?.days ?? 7 }), key: 'events', align: 'right', render: (_, row) => format.count(came.get(row.name)?.events ?? 0) },
              { title: t('sources.last'), key: 'last', render: (_, row) => came.has(row.name) ? format.time(came.get(row.name)!.last_received_at) : NONE },
              { title: t('sources.origins'), dataIndex: 'allowed_origins', className: 'wrap', render: (origins: string[]) => origins.join(' ') || t('sources.any') },
              { title: t('sources.rate'), dataIndex: 'events_per_second', align: 'right', render: (rate: number) => rate ? format.count(rate) : t('sources.unlimited') },
              { title: t('sources.consents'), dataIndex: 'required_consents', render: (consents: string[]) => consents.join(' ') || NONE },
              { title: '', key: 'more', align: 'right', width: 48, render: (_, row) => canWrite && <More source={row} edit={() => setEdited(row)} made={setFresh} /> },
            ]}
          />
        )}
      </Loaded>
      <Waiting rows={arrivals.data?.log} />
    </>
  );
}

function More(props: { source: Source; edit: () => void; made: (fresh: FreshKey) => void }) {
  const { t } = useTranslation();
  const { message, modal } = App.useApp();
  const say = useSay();
  const change = useSend('patch', '/api/settings/sources/{name}', [...STALE]);
  const rotate = useSend('post', '/api/settings/sources/{name}/key', [...STALE]);
  const { name, is_active: isActive, source_type: type } = props.source;
  const failed = (error: unknown) => void message.error(say(error));
  const put = (chosen: boolean) => change.mutateAsync({ path: { name }, body: { is_active: chosen } }).then(() => undefined, failed);
  const replace = () =>
    rotate.mutateAsync({ path: { name }, body: { grace: '7d' } }).then((made) => props.made({ name, key: made.write_key, type, isNew: false }), failed);
  const choose = (key: string) => {
    if (key === 'edit') props.edit();
    if (key === 'rotate') modal.confirm({ title: t('sources.rotate_title', { name }), content: t('sources.rotate_lead'), okText: t('sources.rotate'), onOk: replace });
    if (key === 'enable') void put(true);
    if (key === 'disable') modal.confirm({ title: t('settings.disable_title', { name }), content: t('settings.disable_lead'), okText: t('settings.disable'), okButtonProps: { danger: true }, onOk: () => put(false) });
  };
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        onClick: ({ key }) => choose(key),
        items: [
          { key: 'edit', label: t('sources.edit') },
          { key: 'rotate', label: t('sources.rotate') },
          isActive ? { key: 'disable', label: t('settings.disable'), danger: true } : { key: 'enable', label: t('sources.enable') },
        ],
      }}
    >
      <Button size="small" type="text" icon={<EllipsisOutlined />} aria-label={t('sources.more', { name })} />
    </Dropdown>
  );
}

function Waiting(props: { rows?: Schemas['Partition'][] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!props.rows) return null;
  const waiting = props.rows.reduce((sum, row) => sum + row.waiting, 0);
  const kept = props.rows.reduce((sum, row) => sum + row.end - row.begin, 0);
  const bytes = props.rows.reduce((sum, row) => sum + (row.bytes ?? 0), 0);
  return (
    <p className="muted">
      {t('sources.log', { count: kept, kept: format.count(kept), size: format.bytes(bytes), waiting: format.count(waiting) })}
    </p>
  );
}
