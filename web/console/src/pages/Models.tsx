import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { Section } from '../components/Section';
import { useFormat } from '../format';

export default function Models() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useGet('/api/models');
  return (
    <Page title={t('page.models')} lead={t('models.lead')}>
      <Section flush>
        <Loaded query={query}>
          {(models) =>
            models.length === 0 ? (
              <NextStep text={t('models.empty')} command="zhiyin run models" />
            ) : (
              <Table
                size="small" rowKey="model" pagination={false} dataSource={models} scroll={{ x: 860 }}
                columns={[
                  {
                    title: t('field.model'), dataIndex: 'model',
                    render: (name) => <Link to={`/models/${name}`} className="person"><b>{t(`model.${name}`, { defaultValue: name })}</b><small>{t(`model_hint.${name}`, { defaultValue: '' })}</small></Link>,
                  },
                  { title: t('field.version'), dataIndex: 'version', render: (version, row) => <><code>{version}</code> {row.status !== 'trained' && <Chip tone="orange">{t('models.not_enough_data')}</Chip>}</> },
                  { title: t('field.trained_as_of'), dataIndex: 'trained_as_of', render: format.date },
                  { title: t('field.trained_on'), dataIndex: 'rows', align: 'right', render: format.count },
                  { title: t('field.metric'), dataIndex: 'metric', render: (name) => t(`measure.${name}`, { defaultValue: name ?? '' }) },
                  { title: t('field.value'), dataIndex: 'value', align: 'right', render: (value) => <b>{format.decimal(value, 3)}</b> },
                  { title: t('field.baseline'), dataIndex: 'baseline', align: 'right', render: (value) => format.decimal(value, 3) },
                  { title: t('field.scored'), dataIndex: 'scored', align: 'right', render: format.count },
                  { title: t('field.versions'), dataIndex: 'versions', align: 'right' },
                ]}
              />
            )
          }
        </Loaded>
      </Section>
    </Page>
  );
}
