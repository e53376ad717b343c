import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Section } from '../components/Section';
import { useTitles } from '../conditions';
import { useFormat } from '../format';
import { FactRow } from './FactRow';

type Data = Schemas['CustomerOut'];
type Revealed = Schemas['Revealed'];

/** What is on record, and how much of it is known. */
export function Record({ data, revealed }: { data: Data; revealed: Revealed | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  const { profile } = data;
  const shown = { ...profile, ...(revealed ?? {}) };
  const facts: [string, ReactNode][] = [
    ['name', shown.name],
    ['email', shown.email],
    ['phone', shown.phone],
    ['gender', shown.gender && titles.value('gender', shown.gender)],
    ['birth_date', shown.birth_date && (/^\d{4}-\d{2}-\d{2}$/.test(shown.birth_date) ? format.date(shown.birth_date) : shown.birth_date)],
    ['age_group', shown.age_group],
    ['city', shown.city],
    ['country', shown.country],
    ['joined_at', profile.joined_at && format.date(profile.joined_at)],
    ['acquisition_channel', profile.acquisition_channel && titles.value('acquisition_channel', profile.acquisition_channel)],
    ['favourite_category', profile.favourite_category],
    ['first_order_at', profile.first_order_at && format.date(profile.first_order_at)],
    ['last_seen_at', profile.last_seen_at && format.time(profile.last_seen_at)],
  ];
  return (
    <Section title={t('customer.identity')}>
      <dl className="facts">
        {facts.filter(([, value]) => value).map(([name, value]) => (
          <FactRow key={name} name={t(`field.${name}`)}>{value}</FactRow>
        ))}
      </dl>
      <Completeness found={data.completeness} />
    </Section>
  );
}

function Completeness({ found }: { found: Data['completeness'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const whole = found.share >= found.target;
  return (
    <div className="completeness">
      <div className="meter" role="img" aria-label={`${t('field.completeness')} ${format.share(found.share, 0)}`}>
        <span style={{ width: `${100 * found.share}%` }} className={whole ? 'good' : ''} />
      </div>
      <p className="muted">
        {t('customer.complete', { share: format.share(found.share, 0), everyone: format.share(found.everyone, 0), target: format.share(found.target, 0) })}
        {found.missing.length > 0 && ` ${t('customer.missing', { fields: found.missing.map((name) => t(`core.${name}`)).join(t('customer.and')) })}`}
      </p>
    </div>
  );
}
