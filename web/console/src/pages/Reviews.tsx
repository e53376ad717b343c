import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { Section } from '../components/Section';
import { useFormat } from '../format';

export default function Reviews() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet('/api/reviews');
  return (
    <Page title={t('page.reviews')} lead={t('reviews.lead')}>
      <Section flush>
        <Loaded query={query}>
          {(reviews) =>
            reviews.length === 0 ? (
              <NextStep text={t('reviews.empty')} command="zhiyin review weekly" />
            ) : (
              <Table
                size="small" rowKey="week" dataSource={reviews} pagination={reviews.length > 20 ? { pageSize: 20 } : false}
                columns={[
                  { title: t('field.week'), dataIndex: 'week', render: (week) => <Link to={`/reviews/${week}`}>{t('review.of_week', { week: format.date(week) })}</Link> },
                  { title: t('field.languages'), dataIndex: 'languages', render: (languages: string[]) => languages.map((language) => t(`language.${language}`)).join(' · ') },
                  { title: t('field.written_at'), dataIndex: 'written_at', render: format.time },
                ]}
              />
            )
          }
        </Loaded>
      </Section>
    </Page>
  );
}
