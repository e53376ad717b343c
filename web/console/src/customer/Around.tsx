import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { Mark } from '../components/Marks';
import { Section } from '../components/Section';
import { useFormat } from '../format';

/** The audiences that the customer is in. */
export function AudiencesOf({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const query = useGet('/api/customers/{person_id}/audiences', { path: { person_id: id } });
  return (
    <Section title={t('page.audiences')}>
      <Loaded query={query}>
        {(found) => found.length === 0 ? <p className="muted">{t('customer.no_audiences')}</p> : (
          <ul className="audiences-of">
            {found.map((one) => (
              <li key={one.name}>
                <Link to={`/audiences/${one.name}`}>{one.title[i18n.language] ?? one.name}</Link>
                <span className="muted">{t('customer.people', { count: one.members, shown: format.count(one.members) })}</span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}

/** The buyers who buy most alike. */
export function Similar({ id }: { id: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet('/api/customers/{person_id}/similar', { path: { person_id: id } });
  return (
    <Loaded query={query}>
      {(found) => (
        <>
          <p className="muted">{t(found.length === 0 ? 'customer.no_similar' : 'customer.similar_lead')}</p>
          {found.length > 0 && (
            <Table
              size="small" rowKey="person_id" pagination={false} dataSource={found} scroll={{ x: 560 }}
              columns={[
                { title: t('field.customer'), key: 'customer', render: (_, row) => <Link to={`/customers/${encodeURIComponent(row.person_id)}`}>{row.name ?? row.person_id}</Link> },
                { title: t('field.value_tier'), dataIndex: 'value_tier', render: (value) => <Mark kind="tier" value={value} /> },
                { title: t('field.stage'), dataIndex: 'stage', render: (value) => <Mark kind="stage" value={value} /> },
                { title: t('field.orders'), dataIndex: 'orders', align: 'right', render: (value) => format.count(value) },
                { title: t('field.monetary'), dataIndex: 'monetary', align: 'right', render: (value) => format.money(value) },
                { title: t('field.recency_days'), dataIndex: 'recency_days', align: 'right', render: (value) => format.count(value) },
                { title: t('customer.distance'), dataIndex: 'distance', align: 'right', render: (value) => format.decimal(value) },
              ]}
            />
          )}
        </>
      )}
    </Loaded>
  );
}
