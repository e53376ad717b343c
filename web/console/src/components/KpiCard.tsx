import { ArrowDownOutlined, ArrowUpOutlined } from '@ant-design/icons';
import { Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useFormat, type Format } from '../format';

type Kpi = Schemas['Kpi'];

/** A figure with its change; the change's color knows which direction is good. */
export function KpiCard({ kpi }: { kpi: Kpi }) {
  const { i18n } = useTranslation();
  const format = useFormat();
  const [short, exact] = formats(kpi.unit, format);
  return (
    <div className="kpi">
      <Tooltip title={kpi.description[i18n.language]}>
        <div className="kpi-name">{kpi.title[i18n.language] ?? kpi.metric}</div>
      </Tooltip>
      <div className="kpi-value" title={exact(kpi.value)}>{short(kpi.value)}</div>
      <Delta kpi={kpi} />
    </div>
  );
}

type Shown = (value: number | null) => string;

function formats(unit: string, format: Format): [Shown, Shown] {
  if (unit === 'currency') return [format.compactMoney, format.money];
  if (unit === 'share') return [format.share, (value) => format.share(value, 3)];
  if (unit === 'ratio') return [format.decimal, (value) => format.decimal(value, 4)];
  return [format.compact, format.count];
}

function Delta({ kpi }: { kpi: Kpi }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (kpi.value === null || kpi.previous === null || kpi.previous === 0) {
    return <div className="kpi-delta muted">{t('kpi.no_previous')}</div>;
  }
  const change = (kpi.value - kpi.previous) / Math.abs(kpi.previous);
  if (Math.abs(change) < 0.0005) return <div className="kpi-delta muted">{t('kpi.unchanged')}</div>;
  const isGood = change > 0 === (kpi.good === 'up');
  const mood = kpi.good === 'neither' ? 'plain' : isGood ? 'good' : 'bad';
  return (
    <div className={`kpi-delta ${mood}`}>
      {change > 0 ? <ArrowUpOutlined aria-label={t('kpi.up')} /> : <ArrowDownOutlined aria-label={t('kpi.down')} />}{' '}
      {format.share(Math.abs(change))}
      <span className="muted"> {t('kpi.versus')}</span>
    </div>
  );
}
