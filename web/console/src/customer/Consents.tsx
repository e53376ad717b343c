import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Chip } from '../components/Marks';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { FactRow } from './FactRow';

/** What the customer agreed to, channel by channel. */
export function Consents({ consents }: { consents: Schemas['Consent'][] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('customer.consents')}>
      {consents.length === 0 && <p className="muted">{t('customer.no_consents')}</p>}
      <dl className="facts">
        {consents.map((consent) => (
          <FactRow key={consent.channel} name={t(`channel.${consent.channel}`, { defaultValue: consent.channel })}>
            <Chip tone={consent.is_granted ? 'green' : 'red'}>
              {t(consent.is_granted ? 'customer.granted' : 'customer.refused')}
            </Chip>{' '}
            <span className="muted">
              {t(`basis.${consent.basis}`, { defaultValue: consent.basis })} {consent.since && format.date(consent.since)}
            </span>
          </FactRow>
        ))}
      </dl>
    </Section>
  );
}
