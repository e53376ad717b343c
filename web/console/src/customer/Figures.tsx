import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { NONE, useFormat } from '../format';

/** The figures that one looks for first. */
export function Figures({ data }: { data: Schemas['CustomerOut'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { profile } = data;
  const figures: [string, string][] = [
    ['monetary', format.money(profile.monetary)],
    ['orders', format.count(profile.orders)],
    ['average_order', format.money(profile.average_order)],
    ['last_order_at', profile.recency_days === null ? NONE : t('customer.days_ago', { count: profile.recency_days })],
    ['rfm', profile.r ? `${profile.r} · ${profile.f} · ${profile.m}` : NONE],
    ['visits_30d', format.count(profile.visits_30d)],
    ['messages_30d', format.count(profile.messages_30d)],
    ['completeness', format.share(profile.completeness, 0)],
  ];
  return (
    <div className="kpis small eight">
      {figures.map(([name, value]) => (
        <div className="kpi" key={name}>
          <div className="kpi-name">{t(`field.${name}`)}</div>
          <div className="kpi-value">{value}</div>
          {name === 'rfm' && profile.rfm_segment && <div className="kpi-delta muted">{t(`segment.${profile.rfm_segment}`)}</div>}
        </div>
      ))}
    </div>
  );
}
