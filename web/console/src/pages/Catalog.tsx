import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';

import { useGet } from '../api/hooks';
import { Events } from '../catalog/Events';
import { Metrics } from '../catalog/Metrics';
import { Properties } from '../catalog/Properties';
import { Loaded } from '../components/Loaded';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';

export default function Catalog() {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const tab = get('tab') || 'metrics';
  return (
    <Page title={t('page.catalog')} lead={t('catalog.lead')}>
      <Section>
        <Tabs
          activeKey={tab} onChange={(chosen) => set({ tab: chosen === 'metrics' ? '' : chosen, metric: '' })} destroyOnHidden
          items={[
            { key: 'metrics', label: t('catalog.metrics'), children: <AllMetrics /> },
            { key: 'events', label: t('catalog.events'), children: <AllEvents /> },
            { key: 'properties', label: t('catalog.properties'), children: <AllProperties /> },
          ]}
        />
      </Section>
    </Page>
  );
}

function AllMetrics() {
  const query = useGet('/api/metrics', {}, { keep: true });
  return <Loaded query={query}>{(metrics) => <Metrics metrics={metrics} />}</Loaded>;
}

function AllEvents() {
  const query = useGet('/api/catalog', {}, { keep: true });
  return <Loaded query={query}>{(catalog) => <Events events={catalog.events} />}</Loaded>;
}

function AllProperties() {
  const query = useGet('/api/catalog', {}, { keep: true });
  return <Loaded query={query}>{(catalog) => <Properties properties={catalog.properties} />}</Loaded>;
}
