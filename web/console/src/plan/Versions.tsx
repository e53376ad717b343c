import { App, Button, Drawer, Popconfirm, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { useFormat } from '../format';
import { useSession } from '../session';
import { Changes } from './Changes';

/** Every version of the plan: what it changed, and a way back to it. */
export function Versions({ current }: { current: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const { message } = App.useApp();
  const say = useSay();
  const [shown, setShown] = useState<number | null>(null);
  const query = useGet('/api/data/plan/versions');
  const restore = useSend('post', '/api/data/plan/versions/{version}/restore', ['/api/data/plan', '/api/data/plan/versions', '/api/data/plan/events/{name}']);
  return (
    <Loaded query={query}>
      {(versions) => versions.length === 0 ? <NextStep text={t('plan.no_versions')} /> : (
        <>
          <Table
            size="small" rowKey="version" dataSource={versions} scroll={{ x: 620 }} pagination={versions.length > 20 ? { pageSize: 20, size: 'small' } : false}
            columns={[
              {
                title: t('plan.version'), dataIndex: 'version', width: 130,
                render: (version: number) => <>v{version} {version === current && <Chip tone="green">{t('plan.in_force')}</Chip>}</>,
              },
              { title: t('plan.changed_at'), dataIndex: 'at', width: 160, render: format.time },
              { title: t('plan.actor'), dataIndex: 'actor', render: (actor: string) => t(`plan_actor.${actor}`, { defaultValue: actor }) },
              { title: t('plan.why'), dataIndex: 'why', className: 'wrap' },
              {
                title: '', key: 'do', align: 'right',
                render: (_, row) => (
                  <>
                    <Button size="small" type="text" onClick={() => setShown(row.version)}>{t('plan.show_changes')}</Button>
                    {may('data.run') && row.version !== current && (
                      <Popconfirm
                        title={t('plan.restore_title', { version: row.version })} description={t('plan.restore_lead')}
                        onConfirm={() => restore.mutateAsync({ path: { version: row.version } }).catch((error) => message.error(say(error)))}
                      >
                        <Button size="small" type="text">{t('plan.restore')}</Button>
                      </Popconfirm>
                    )}
                  </>
                ),
              },
            ]}
          />
          <Drawer title={t('plan.changes_of', { version: shown })} open={shown !== null} onClose={() => setShown(null)} size={720} destroyOnHidden>
            {shown !== null && <Difference version={shown} />}
          </Drawer>
        </>
      )}
    </Loaded>
  );
}

function Difference({ version }: { version: number }) {
  const query = useGet('/api/data/plan/versions/{version}', { path: { version } });
  return <Loaded query={query}>{(changes) => <Changes changes={changes} />}</Loaded>;
}
