import { PlayCircleOutlined } from '@ant-design/icons';
import { App, Button, Table, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';

import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { Chip, Mark } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { NONE, useFormat } from '../format';
import { useSession } from '../session';

export default function Runs() {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const { may } = useSession();
  return (
    <Page title={t('page.runs')} lead={t('runs.lead')} actions={may('data.run') && <RunAll />}>
      <Section>
        <Tabs
          activeKey={get('tab') || 'imports'} onChange={(tab) => set({ tab: tab === 'imports' ? '' : tab })}
          items={[
            { key: 'imports', label: t('runs.imports'), children: <Imports /> },
            { key: 'quarantine', label: t('runs.quarantine'), children: <Quarantine /> },
            { key: 'builds', label: t('runs.builds'), children: <Builds /> },
            { key: 'jobs', label: t('runs.jobs'), children: <Jobs /> },
          ]}
        />
      </Section>
    </Page>
  );
}

function RunAll() {
  const { t } = useTranslation();
  const { message, modal } = App.useApp();
  const say = useSay();
  const send = useSend('post', '/api/data/runs', ['/api/data/builds', '/api/data/jobs', '/api/overview']);
  const run = () =>
    modal.confirm({
      title: t('runs.run_title'),
      content: t('runs.run_lead'),
      okText: t('runs.run'),
      onOk: () => {
        void send.mutateAsync({ body: {} }).then(
          () => message.success(t('runs.done')),
          (error) => message.error(say(error)),
        );
      },
    });
  return <Button type="primary" icon={<PlayCircleOutlined />} loading={send.isPending} onClick={run}>{t('runs.run')}</Button>;
}

function Imports() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet('/api/data/imports');
  return (
    <Loaded query={query}>
      {(rows) => rows.length === 0 ? <NextStep text={t('runs.no_imports')} command="zhiyin import RECIPE FILE…" /> : (
        <Table
          size="small" dataSource={rows} scroll={{ x: 1100 }} rowKey={(row) => [row.load_id, row.file_name, row.target].join()}
          pagination={rows.length > 20 ? { pageSize: 20, size: 'small' } : false}
          columns={[
            { title: t('field.load'), dataIndex: 'load_id', width: 60 },
            { title: t('field.recipe'), dataIndex: 'recipe' },
            { title: t('field.file'), dataIndex: 'file_name', ellipsis: true, width: 240, render: (name, row) => <span title={name}>{name} <small className="muted">{format.bytes(row.file_bytes)}</small></span> },
            { title: t('field.target'), dataIndex: 'target' },
            { title: t('field.rows_read'), dataIndex: 'rows_read', align: 'right', render: format.count },
            { title: t('field.rows_kept'), dataIndex: 'rows_kept', align: 'right', render: format.count },
            { title: t('field.rows_quarantined'), dataIndex: 'rows_quarantined', align: 'right', render: format.count },
            { title: t('field.total_read'), dataIndex: 'total_read', align: 'right', render: (value) => format.decimal(value) },
            {
              title: t('field.balance'), dataIndex: 'is_balanced',
              render: (isBalanced) => <Chip tone={isBalanced ? 'green' : 'red'}>{t(isBalanced ? 'runs.balanced' : 'runs.unbalanced')}</Chip>,
            },
            { title: t('field.imported_at'), dataIndex: 'imported_at', render: format.time },
            { title: t('field.seconds'), dataIndex: 'seconds', align: 'right', render: format.seconds },
          ]}
        />
      )}
    </Loaded>
  );
}

function Quarantine() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet('/api/data/quarantine');
  return (
    <Loaded query={query}>
      {(rows) => rows.length === 0 ? <NextStep text={t('runs.no_quarantine')} /> : (
        <Table
          size="small" dataSource={rows} pagination={false} scroll={{ x: 520 }} rowKey={(row) => [row.recipe, row.target, row.reason].join()}
          columns={[
            { title: t('field.recipe'), dataIndex: 'recipe' },
            { title: t('field.target'), dataIndex: 'target' },
            { title: t('field.reason'), dataIndex: 'reason', render: (reason) => t(`rule_code.${reason}`, { defaultValue: reason }) },
            { title: t('field.rows'), dataIndex: 'rows', align: 'right', render: format.count },
          ]}
        />
      )}
    </Loaded>
  );
}

function Builds() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet('/api/data/builds', {}, { every: 15_000 });
  return (
    <Loaded query={query}>
      {(rows) => rows.length === 0 ? <NextStep text={t('runs.no_builds')} command="zhiyin run" /> : (
        <Table
          size="small" dataSource={rows} rowKey="table_name" pagination={false} scroll={{ x: 720 }}
          columns={[
            { title: t('field.table'), dataIndex: 'table_name', render: (name) => <code>{name}</code> },
            { title: t('field.outcome'), dataIndex: 'outcome', render: (outcome) => <Mark kind="state" value={outcome} /> },
            { title: t('field.rows'), dataIndex: 'rows', align: 'right', render: format.count },
            { title: t('field.seconds'), dataIndex: 'seconds', align: 'right', render: format.seconds },
            { title: t('field.as_of'), dataIndex: 'as_of', render: format.time },
            { title: t('field.built_at'), dataIndex: 'built_at', render: format.time },
          ]}
        />
      )}
    </Loaded>
  );
}

function Jobs() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet('/api/data/jobs', {}, { every: 5_000 });
  return (
    <Loaded query={query}>
      {(rows) => rows.length === 0 ? <NextStep text={t('runs.no_jobs')} command="zhiyin run" /> : (
        <Table
          size="small" dataSource={rows} rowKey="run_id" scroll={{ x: 640 }} pagination={rows.length > 20 ? { pageSize: 20, size: 'small' } : false}
          columns={[
            { title: t('field.job'), dataIndex: 'job', render: (job) => t(`job.${job}`, { defaultValue: job }) },
            { title: t('field.state'), dataIndex: 'state', render: (state) => <Mark kind="state" value={state} /> },
            { title: t('field.started_at'), dataIndex: 'started_at', render: format.time },
            { title: t('field.finished_at'), dataIndex: 'finished_at', render: format.time },
            {
              title: t('field.detail'), dataIndex: 'detail', className: 'wrap',
              render: (detail: Record<string, unknown>) => {
                const text = Object.entries(detail).filter(([name]) => name !== 'run_id').map(([name, value]) => `${name}: ${String(value)}`).join(' · ');
                return <span className="muted">{text || NONE}</span>;
              },
            },
          ]}
        />
      )}
    </Loaded>
  );
}
