import { useTranslation } from 'react-i18next';

import { useGet } from '../api/hooks';
import { Chip } from '../components/Marks';
import { Section } from '../components/Section';

/** Who is told of what a run finds wrong, or how to have somebody told. */
export function Alerts() {
  const { t } = useTranslation();
  const query = useGet('/api/data/quality/alerts');
  const found = query.data;
  if (!found) return null;
  const isSet = found.webhook !== null || found.email.length > 0;
  return (
    <Section title={t('quality.alerts')}>
      {isSet ? (
        <span className="chips">
          {found.webhook && <Chip tone="blue">{t('quality.web_hook')}: {found.webhook}</Chip>}
          {found.email.map((address) => <Chip key={address} tone="blue">{address}</Chip>)}
          <span className="muted">{t(found.only_blocking ? 'quality.only_blocking' : 'quality.all_findings')}</span>
        </span>
      ) : <p className="muted">{t('quality.no_alerts')} <code>[alerts]</code></p>}
    </Section>
  );
}
