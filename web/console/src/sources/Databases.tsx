import { SyncOutlined } from '@ant-design/icons';
import { App, Button, Table } from 'antd';
import { useTranslation } from 'react-i18next';

import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { Mark } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { NONE, useFormat } from '../format';
import { useSession } from '../session';

const STALE = ['/api/data/pulls', '/api/data/jobs'] as const;

/** Databases of the settings, and how far each of their tables was read. */
export function Databases() {
  const { t } = useTranslation();
  const connections = useGet('/api/data/connections');
  return (
    <>
      <p className="muted">{t('sources.databases_lead')}</p>
      <Loaded query={connections}>
        {(rows) => rows.length === 0 ? <NextStep text={t('sources.no_databases')} command="zhiyin connection list" /> : (
          <>
            <Table
              size="small" rowKey="name" pagination={false} dataSource={rows} scroll={{ x: 640 }}
              columns={[
                { title: t('sources.connection'), dataIndex: 'name' },
                { title: t('sources.kind'), dataIndex: 'kind' },
                { title: t('sources.host'), key: 'host', render: (_, row) => <code>{row.host}{row.port ? `:${row.port}` : ''}/{row.database}</code> },
                { title: t('login.username'), dataIndex: 'user' },
                { title: 'TLS', dataIndex: 'tls' },
              ]}
            />
            <Pulls />
          </>
        )}
      </Loaded>
    </>
  );
}

function Pulls() {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const { message } = App.useApp();
  const say = useSay();
  const query = useGet('/api/data/pulls', {}, { every: 5_000 });
  const send = useSend('post', '/api/data/pulls', [...STALE]);
  const pull = (recipe?: string) =>
    void send.mutateAsync({ body: { recipe } }).then(() => message.success(t('sources.pulled')), (error) => message.error(say(error)));
  return (
    <>
      <h3 className="table-title">
        {t('sources.pulls')}
        {may('data.run') && <Button size="small" icon={<SyncOutlined />} loading={send.isPending} onClick={() => pull()}>{t('sources.pull_all')}</Button>}
      </h3>
      <Loaded query={query}>
        {(rows) => rows.length === 0 ? <NextStep text={t('sources.no_pulls')} command="zhiyin pull RECIPE" /> : (
          <Table
            size="small" pagination={false} dataSource={rows} scroll={{ x: 900 }} rowKey={(row) => `${row.recipe} ${row.source}`}
            columns={[
              { title: t('field.recipe'), dataIndex: 'recipe' },
              { title: t('field.table'), dataIndex: 'table', render: (name) => <code>{name}</code> },
              { title: t('field.target'), dataIndex: 'target' },
              { title: t('sources.position'), key: 'position', render: (_, row) => row.position ? <span>{row.cursor} = <code>{row.position}</code></span> : NONE },
              { title: t('field.rows'), dataIndex: 'rows', align: 'right', render: format.count },
              { title: t('field.rows_quarantined'), dataIndex: 'aside', align: 'right', render: format.count },
              { title: t('field.state'), dataIndex: 'state', render: (state) => <Mark kind="state" value={state} /> },
              { title: t('sources.last_pull'), dataIndex: 'last', render: (at: string) => format.time(`${at.replace(' ', 'T')}Z`) },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
