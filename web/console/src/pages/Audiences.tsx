import { PlusOutlined } from '@ant-design/icons';
import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import { useGet } from '../api/hooks';
import { LinkButton } from '../components/LinkButton';
import { Loaded } from '../components/Loaded';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { Section } from '../components/Section';
import { NONE, useFormat } from '../format';
import { useSession } from '../session';

export default function Audiences() {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const query = useGet('/api/audiences');
  return (
    <Page
      title={t('page.audiences')}
      lead={t('audiences.lead')}
      actions={may('audiences.write') && (
        <LinkButton to="/audiences/new" type="primary" icon={<PlusOutlined />}>{t('audiences.new')}</LinkButton>
      )}
    >
      <Section flush>
        <Loaded query={query}>
          {(audiences) =>
            audiences.length === 0 ? (
              <NextStep text={t('audiences.empty')} />
            ) : (
              <Table
                size="small" rowKey="name" pagination={false} dataSource={audiences} scroll={{ x: 760 }}
                columns={[
                  {
                    title: t('field.audience'), dataIndex: 'name',
                    render: (name: string, row) => (
                      <Link to={`/audiences/${name}`} className="person"><b>{row.title[i18n.language] || name}</b><small>{name}</small></Link>
                    ),
                  },
                  { title: t('field.description'), key: 'description', className: 'muted wrap', render: (_, row) => row.description[i18n.language] },
                  {
                    title: t('field.members'), dataIndex: 'members', align: 'right', width: 110, render: format.count,
                    sorter: (a, b) => (a.members ?? -1) - (b.members ?? -1),
                  },
                  {
                    title: t('field.share'), dataIndex: 'share', width: 170,
                    render: (share: number | null) =>
                      share === null ? NONE : (
                        <span className="inline-bar">
                          <i aria-hidden><b style={{ width: `${100 * share}%` }} /></i>{format.share(share)}
                        </span>
                      ),
                  },
                  { title: t('field.counted_at'), dataIndex: 'as_of', width: 140, render: format.time },
                  { title: '', key: 'go', width: 90, render: (_, row) => <Link to={`/customers?audience=${row.name}`}>{t('action.list_customers')}</Link> },
                ]}
              />
            )
          }
        </Loaded>
      </Section>
    </Page>
  );
}
