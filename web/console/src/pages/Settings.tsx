import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';

import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { useSession } from '../session';
import { Accounts } from '../settings/Accounts';
import { AuditTrail } from '../settings/AuditTrail';

export default function Settings() {
  const { t } = useTranslation();
  const { may } = useSession();
  const { get, set } = useFilters();
  return (
    <Page title={t('page.settings')}>
      <Section>
        <Tabs
          activeKey={get('tab') || 'accounts'} onChange={(tab) => set({ tab: tab === 'accounts' ? '' : tab })}
          items={[
            { key: 'accounts', label: t('settings.accounts'), children: <Accounts /> },
            ...(may('audit.read') ? [{ key: 'audit', label: t('settings.audit'), children: <AuditTrail /> }] : []),
          ]}
        />
      </Section>
    </Page>
  );
}
