import { CameraOutlined } from '@ant-design/icons';
import { App, Button, Table } from 'antd';
import { useTranslation } from 'react-i18next';

import { useGet, useSend } from '../api/hooks';
import { ChartCard } from '../components/ChartCard';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { NextStep } from '../components/NextStep';
import { Section } from '../components/Section';
import { NONE, useFormat } from '../format';
import { useSession } from '../session';

/** How large an audience was, and who came and went: its snapshots. */
export function History({ name }: { name: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const say = useSay();
  const { may } = useSession();
  const { message } = App.useApp();
  const query = useGet('/api/audiences/{name}/history', { path: { name } });
  const take = useSend('post', '/api/audiences/{name}/snapshots', ['/api/audiences/{name}/history', '/api/audiences']);
  const snap = () =>
    take.mutateAsync({ path: { name } }).then(
      () => message.success(t('audiences.snapshot_taken')),
      (error: unknown) => message.error(say(error)),
    );
  return (
    <Loaded query={query}>
      {(snapshots) => {
        const rising = snapshots.toReversed();
        return (
          <div className="stack">
            {snapshots.length > 1 && (
              <ChartCard
                title={t('audiences.trend')} label={t('audiences.trend')} file={`${name}_history`} height={220}
                columns={[t('audiences.taken_at'), t('field.members')]}
                rows={rising.map((row) => [row.taken_at, row.members])}
                shown={(cell, column) => (column ? format.count(cell as number) : format.time(String(cell)))}
                option={{
                  grid: { left: 56, right: 16, top: 16, bottom: 28 },
                  tooltip: { trigger: 'axis' },
                  xAxis: { type: 'time' },
                  yAxis: { type: 'value', scale: true },
                  series: [{ type: 'line', name: t('field.members'), data: rising.map((row) => [row.taken_at, row.members]) }],
                }}
              />
            )}
            <Section
              title={t('audiences.snapshots')} flush
              extra={may('audiences.write') && (
                <Button size="small" icon={<CameraOutlined />} loading={take.isPending} onClick={() => void snap()}>
                  {t('audiences.take_snapshot')}
                </Button>
              )}
            >
              {snapshots.length === 0 ? <NextStep text={t('audiences.no_snapshots')} /> : (
                <Table
                  size="small" rowKey="snapshot_id" dataSource={snapshots} scroll={{ x: 720 }}
                  pagination={{ pageSize: 20, hideOnSinglePage: true }}
                  columns={[
                    { title: t('audiences.taken_at'), dataIndex: 'taken_at', render: format.time },
                    { title: t('audiences.reason_title'), dataIndex: 'reason', render: (reason: string) => t(`audiences.reason.${reason}`) },
                    { title: t('field.members'), dataIndex: 'members', align: 'right', render: format.count },
                    { title: t('audiences.entered'), dataIndex: 'entered', align: 'right', render: (n: number | null) => (n === null ? NONE : format.count(n)) },
                    { title: t('audiences.left'), dataIndex: 'left', align: 'right', render: (n: number | null) => (n === null ? NONE : format.count(n)) },
                    { title: t('audiences.actor'), dataIndex: 'actor', render: (actor: string | null) => actor ?? NONE },
                  ]}
                />
              )}
            </Section>
          </div>
        );
      }}
    </Loaded>
  );
}
