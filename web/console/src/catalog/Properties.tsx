import { Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Share } from '../components/Share';
import { NONE, useFormat } from '../format';

type Property = Schemas['CatalogProperty'];

export function Properties({ properties }: { properties: Property[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table<Property>
      size="small" rowKey="name" dataSource={properties} scroll={{ x: 760 }}
      pagination={properties.length > 50 ? { pageSize: 50, size: 'small' } : false}
      columns={[
        {
          title: t('catalog.property'), key: 'name', sorter: (a, b) => a.name.localeCompare(b.name),
          render: (_, one) => <span className="person"><b>{t(`metric_column.${one.name}`, { defaultValue: one.name })}</b><small>{one.name}</small></span>,
        },
        { title: t('catalog.kind'), dataIndex: 'kind', width: 110, render: (kind: Property['kind']) => kind ? t(`property_kind.${kind}`) : <span className="muted">{t('catalog.plan_only')}</span> },
        { title: t('catalog.splits'), dataIndex: 'splits', width: 120, render: (splits: boolean) => splits ? t('catalog.yes') : NONE },
        { title: t('catalog.rows'), dataIndex: 'rows', align: 'right', width: 110, render: format.count },
        { title: t('catalog.filled'), dataIndex: 'filled', width: 170, render: (filled: number | null) => filled === null ? NONE : <Share share={filled} /> },
        { title: t('catalog.planned_in'), dataIndex: 'planned_in', className: 'wrap muted', render: (events: string[]) => events.join(', ') || NONE },
      ]}
    />
  );
}
