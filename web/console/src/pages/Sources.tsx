import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';

import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { Databases } from '../sources/Databases';
import { useSession } from '../session';
import { LiveSources } from '../sources/LiveSources';

/** Every way in: live sources, databases, files. */
export default function Sources() {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const { may } = useSession();
  const first = may('settings.read') ? 'live' : 'databases';
  return (
    <Page title={t('page.sources')} lead={t('sources.lead')}>
      <Section>
        <Tabs
          activeKey={get('tab') || first} onChange={(tab) => set({ tab: tab === first ? '' : tab })}
          items={[
            ...(may('settings.read') ? [{ key: 'live', label: t('sources.live'), children: <LiveSources /> }] : []),
            { key: 'databases', label: t('sources.databases'), children: <Databases /> },
            { key: 'files', label: t('sources.files'), children: <NextStep text={t('sources.files_lead')} command="zhiyin recipe suggest FILE -o recipes/mine.yaml" /> },
          ]}
        />
      </Section>
    </Page>
  );
}
