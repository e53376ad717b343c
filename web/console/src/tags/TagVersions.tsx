import { App, Button, Popconfirm, Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { JsonTree } from '../components/JsonTree';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { useFormat } from '../format';

type Version = Schemas['TagVersionOut'];

/** Every version of a definition, and a way back to it. */
export function TagVersions({ tag, current, canWrite }: { tag: string; current: number; canWrite: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { message } = App.useApp();
  const say = useSay();
  const query = useGet('/api/tags/{name}/versions', { path: { name: tag } });
  const restore = useSend('post', '/api/tags/{name}/restore', ['/api/tags', '/api/tags/{name}', '/api/tags/{name}/versions']);
  return (
    <Loaded query={query}>
      {(versions) => (
        <Table<Version>
          size="small" rowKey="version" dataSource={versions} pagination={versions.length > 20 ? { pageSize: 20, size: 'small' } : false} scroll={{ x: 560 }}
          expandable={{ expandedRowRender: (row) => <JsonTree value={row.body} /> }}
          columns={[
            { title: t('plan.version'), dataIndex: 'version', width: 130, render: (version: number) => <>v{version} {version === current && <Chip tone="green">{t('plan.in_force')}</Chip>}</> },
            { title: t('plan.changed_at'), dataIndex: 'at', width: 150, render: format.time },
            { title: t('plan.actor'), dataIndex: 'actor', render: (actor: string) => t(`plan_actor.${actor}`, { defaultValue: actor }) },
            { title: t('plan.why'), dataIndex: 'why', className: 'wrap' },
            {
              title: '', key: 'do', align: 'right',
              render: (_, row) => canWrite && row.version !== current && (
                <Popconfirm
                  title={t('plan.restore_title', { version: row.version })} description={t('tags.restore_lead')}
                  onConfirm={() => restore.mutateAsync({ path: { name: tag }, body: { version: row.version, expects: current } }).catch((error) => message.error(say(error)))}
                >
                  <Button size="small" type="text">{t('plan.restore')}</Button>
                </Popconfirm>
              ),
            },
          ]}
        />
      )}
    </Loaded>
  );
}
