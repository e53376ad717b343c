import { Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { LinkButton } from '../components/LinkButton';
import { Mark } from '../components/Marks';
import { Section } from '../components/Section';
import { useFormat } from '../format';

/** A few of the people, those who brought most first. */
export function Sample({ data }: { data: Schemas['AudiencePortrait'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (data.sample.length === 0) return null;
  return (
    <Section title={t('audiences.sample')} flush>
      <Table
        size="small" rowKey="person_id" pagination={false} dataSource={data.sample} scroll={{ x: 720 }}
        columns={[
          {
            title: t('field.customer'), dataIndex: 'person_id',
            render: (id: string, row) => (
              <LinkButton type="link" size="small" to={`/customers/${encodeURIComponent(id)}`}>{row.name ?? id}</LinkButton>
            ),
          },
          { title: t('field.value_tier'), dataIndex: 'value_tier', render: (value) => <Mark kind="tier" value={value} /> },
          { title: t('field.stage'), dataIndex: 'stage', render: (value) => <Mark kind="stage" value={value} /> },
          { title: t('field.monetary'), dataIndex: 'monetary', align: 'right', render: (value) => format.money(value) },
          { title: t('field.last_order_at'), dataIndex: 'last_order_at', render: format.date },
          { title: t('field.churn'), dataIndex: 'churn', align: 'right', render: (value) => format.share(value) },
        ]}
      />
    </Section>
  );
}
