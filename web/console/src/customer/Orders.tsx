import { Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { NextStep } from '../components/NextStep';
import { NONE, useFormat } from '../format';

/** The newest orders with their lines. */
export function Orders({ orders }: { orders: Schemas['Order'][] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (orders.length === 0) return <NextStep text={t('customer.no_orders')} />;
  return (
    <Table
      size="small" rowKey={(row) => `${row.source_id}/${row.order_id}`} dataSource={orders}
      pagination={orders.length > 10 ? { pageSize: 10, size: 'small' } : false} scroll={{ x: 520 }}
      columns={[
        { title: t('field.order_id'), dataIndex: 'order_id' },
        { title: t('field.order_time'), dataIndex: 'order_time', render: format.time },
        { title: t('field.channel'), dataIndex: 'channel', render: (value) => (value ? t(`channel.${value}`, { defaultValue: value }) : NONE) },
        { title: t('field.pieces'), dataIndex: 'pieces', align: 'right', render: (value) => format.decimal(value) },
        { title: t('field.amount'), dataIndex: 'amount', align: 'right', render: (value) => format.money(value) },
      ]}
      expandable={{
        rowExpandable: (row) => row.lines.length > 0,
        expandedRowRender: (row) => (
          <ul className="lines">
            {row.lines.map((line, index) => (
              <li key={index}>
                <span>{line.name ?? line.product_id ?? NONE}</span>
                <span className="muted">× {format.decimal(line.quantity)}</span>
                <span>{format.money(line.amount)}</span>
              </li>
            ))}
          </ul>
        ),
      }}
    />
  );
}
