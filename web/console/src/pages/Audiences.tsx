import { PlusOutlined, UploadOutlined } from '@ant-design/icons';
import { Button, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import { useGet } from '../api/hooks';
import { Spark } from '../audiences/Spark';
import { Upload } from '../audiences/Upload';
import { LinkButton } from '../components/LinkButton';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { Section } from '../components/Section';
import { NONE, useFormat } from '../format';
import { useSession } from '../session';

const CYCLES: Record<string, string> = {
  '0 * * * *': 'hourly', '0 6 * * *': 'daily', '0 6 * * 1': 'weekly', '0 6 1 * *': 'monthly',
};

export default function Audiences() {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const [isUploading, setUploading] = useState(false);
  const query = useGet('/api/audiences');
  return (
    <Page
      title={t('page.audiences')}
      lead={t('audiences.lead')}
      actions={may('audiences.write') && (
        <>
          <Button icon={<UploadOutlined />} onClick={() => setUploading(true)}>{t('audiences.upload')}</Button>
          <LinkButton to="/audiences/new" type="primary" icon={<PlusOutlined />}>{t('audiences.new')}</LinkButton>
        </>
      )}
    >
      <Section flush>
        <Loaded query={query}>
          {(audiences) =>
            audiences.length === 0 ? (
              <NextStep text={t('audiences.empty')} />
            ) : (
              <Table
                size="small" rowKey="name" pagination={false} dataSource={audiences} scroll={{ x: 900 }}
                columns={[
                  {
                    title: t('field.audience'), dataIndex: 'name',
                    render: (name: string, row) => (
                      <Link to={`/audiences/${name}`} className="person"><b>{row.title[i18n.language] || name}</b><small>{name}</small></Link>
                    ),
                  },
                  {
                    title: t('field.description'), key: 'description', className: 'muted wrap',
                    render: (_, row) => (
                      <>{row.kind === 'list' && <Chip tone="purple">{t('audiences.kind.list')}</Chip>} {row.description[i18n.language]}</>
                    ),
                  },
                  {
                    title: t('field.members'), dataIndex: 'members', align: 'right', width: 100, render: format.count,
                    sorter: (a, b) => (a.members ?? -1) - (b.members ?? -1),
                  },
                  {
                    title: t('field.share'), dataIndex: 'share', width: 160,
                    render: (share: number | null) =>
                      share === null ? NONE : (
                        <span className="inline-bar">
                          <i aria-hidden><b style={{ width: `${100 * share}%` }} /></i>{format.share(share)}
                        </span>
                      ),
                  },
                  {
                    title: t('audiences.trend'), dataIndex: 'trend', width: 104,
                    render: (trend: number[]) => (trend.length > 1 ? <Spark values={trend} label={t('audiences.trend')} /> : NONE),
                  },
                  {
                    title: t('audiences.refresh'), dataIndex: 'refresh', width: 120,
                    render: (refresh: string) =>
                      refresh ? (CYCLES[refresh] ? t(`audiences.cycle.${CYCLES[refresh]}`) : <code>{refresh}</code>) : NONE,
                  },
                  { title: t('field.counted_at'), dataIndex: 'as_of', width: 130, render: format.time },
                  { title: '', key: 'go', width: 90, render: (_, row) => <Link to={`/customers?audience=${row.name}`}>{t('action.list_customers')}</Link> },
                ]}
              />
            )
          }
        </Loaded>
      </Section>
      {isUploading && <Upload close={() => setUploading(false)} />}
    </Page>
  );
}
