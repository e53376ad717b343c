import { Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Mark } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { NONE, useFormat } from '../format';

/** What campaigns decided about the customer, and what became of it. */
export function Messages({ data }: { data: Schemas['CustomerOut'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (data.decisions.length === 0) return <NextStep text={t('customer.no_messages')} />;
  return (
    <Table
      size="small" rowKey="decision_id" pagination={false} dataSource={data.decisions} scroll={{ x: 560 }}
      columns={[
        { title: t('field.decided_at'), dataIndex: 'decided_at', render: format.time },
        { title: t('field.campaign'), dataIndex: 'campaign_name' },
        { title: t('field.channel'), dataIndex: 'channel', render: (value) => t(`channel.${value}`, { defaultValue: value }) },
        { title: t('field.arm'), dataIndex: 'arm', render: (value) => <Mark kind="state" value={value} /> },
        {
          title: t('field.outcome'), key: 'outcome',
          render: (_, row) =>
            row.reason ? t(`reason.${row.reason}`, { defaultValue: row.reason })
              : row.last_receipt ? t(`receipt.${row.last_receipt}`)
                : row.state ? <Mark kind="state" value={row.state} /> : NONE,
        },
      ]}
    />
  );
}
