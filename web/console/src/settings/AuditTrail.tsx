import { Button, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { call, type Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { useFormat } from '../format';

type Line = Schemas['AuditLine'];
const SHOWN = 50;

export function AuditTrail() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet('/api/settings/audit', { query: { limit: SHOWN } });
  const [older, setOlder] = useState<Line[]>([]);
  const [isEnd, setEnd] = useState(false);
  const more = async (last: number) => {
    const next = await call('get', '/api/settings/audit', { query: { limit: SHOWN, before: last } });
    setOlder([...older, ...next]);
    setEnd(next.length < SHOWN);
  };
  return (
    <Loaded query={query}>
      {(newest) => {
        const lines = [...newest, ...older];
        return (
          <>
            <Table
              size="small" rowKey="id" pagination={false} dataSource={lines} scroll={{ x: 720 }}
              columns={[
                { title: t('field.at'), dataIndex: 'at', render: format.time },
                { title: t('field.actor'), dataIndex: 'actor' },
                { title: t('field.action'), dataIndex: 'action', render: (action: string) => t(`audit.${action.replace('.', '_')}`, { defaultValue: action }) },
                { title: t('field.subject'), dataIndex: 'subject', render: (subject) => <code>{subject}</code> },
                { title: t('field.detail'), dataIndex: 'detail', className: 'muted wrap', render: (detail: Record<string, unknown>) => Object.values(detail).map(String).join(' · ') },
              ]}
            />
            {newest.length === SHOWN && !isEnd && (
              <p><Button size="small" onClick={() => void more(lines[lines.length - 1].id)}>{t('action.more')}</Button></p>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
