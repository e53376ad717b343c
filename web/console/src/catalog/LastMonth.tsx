import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { call, type Schemas } from '../api/client';
import { Loaded } from '../components/Loaded';
import { useFormat } from '../format';

const DAYS = 30;

/** A metric's value over the last month, beside that of the month before. */
export function LastMonth({ metric }: { metric: Schemas['MetricOut'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useQuery({
    queryKey: ['/api/metrics/values', metric.name],
    queryFn: () => call('post', '/api/metrics/values', { body: { names: [metric.name], last: DAYS, compare: 'previous', by: [] } }),
  });
  const shown = (value: number | null | undefined) => {
    if (metric.unit === 'share') return format.share(value);
    if (metric.unit === 'currency') return format.money(value);
    return metric.unit === 'ratio' ? format.decimal(value) : format.count(value);
  };
  return (
    <Loaded query={query}>
      {(found) => (
        <div className="kpis small" style={{ ['--across' as string]: 2 }}>
          <div className="kpi">
            <div className="kpi-name">{t('catalog.last_days', { days: DAYS })}</div>
            <div className="kpi-value">{shown(found.rows[0]?.value)}</div>
            <small className="muted">{format.date(found.since)} – {format.date(found.until)}</small>
          </div>
          <div className="kpi">
            <div className="kpi-name">{t('catalog.days_before', { days: DAYS })}</div>
            <div className="kpi-value">{shown(found.rows[0]?.previous)}</div>
            <small className="muted">{format.date(found.previous_since)} – {format.date(found.previous_until)}</small>
          </div>
        </div>
      )}
    </Loaded>
  );
}
