import { Descriptions, Drawer, Space, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { LinkButton } from '../components/LinkButton';
import { Chip } from '../components/Marks';
import { useFilters } from '../components/query';
import { LastMonth } from './LastMonth';
import { inWords, titleOf } from './words';

type Metric = Schemas['MetricOut'];
const PAGES: Record<string, string> = { overview: '/', review: '/reviews' };

export function Metrics({ metrics }: { metrics: Metric[] }) {
  const { t, i18n } = useTranslation();
  const { get, set } = useFilters();
  const chosen = metrics.find((metric) => metric.name === get('metric'));
  return (
    <>
      <p className="muted">{t('catalog.own_metrics')} <code>metrics/*.yaml</code></p>
      <Table<Metric>
        size="small" rowKey="name" dataSource={metrics} pagination={false} scroll={{ x: 980 }}
        columns={[
          {
            title: t('catalog.metric'), key: 'metric', width: 210, sorter: (a, b) => a.name.localeCompare(b.name),
            render: (_, one) => (
              <button type="button" className="link person" onClick={() => set({ metric: one.name })}>
                <b>{one.title[i18n.language] ?? one.name}</b><small>{one.name}</small>
              </button>
            ),
          },
          { title: t('catalog.formula'), key: 'formula', className: 'wrap', render: (_, one) => inWords(one.formula, metrics, t, i18n.language) },
          { title: t('catalog.unit'), dataIndex: 'unit', width: 90, render: (unit: string) => t(`metric_unit.${unit}`) },
          { title: t('catalog.good'), dataIndex: 'good', width: 110, render: (good: string) => <span className="muted">{t(`metric_good.${good}`)}</span> },
          { title: t('catalog.used_by'), key: 'used', width: 190, render: (_, one) => <UsedBy metric={one} metrics={metrics} /> },
          { title: t('catalog.owner'), dataIndex: 'owner', width: 90, className: 'muted' },
          {
            title: t('catalog.defined_in'), key: 'file', width: 130,
            render: (_, one) => one.is_shipped ? <span className="muted">{t('catalog.shipped')}</span> : <code>{one.file}</code>,
          },
        ]}
      />
      {chosen && <OneMetric metric={chosen} metrics={metrics} close={() => set({ metric: '' })} />}
    </>
  );
}

function UsedBy({ metric, metrics }: { metric: Metric; metrics: Metric[] }) {
  const { t, i18n } = useTranslation();
  if (metric.used_by.length === 0) return <span className="muted">{t('catalog.unused')}</span>;
  return (
    <Space size={4} wrap>
      {metric.used_by.map(({ kind, name }) => (
        <Chip key={`${kind}:${name}`}>
          {kind === 'metric' ? <Link to={`?metric=${name}`}>{titleOf(name, metrics, i18n.language)}</Link>
            : PAGES[name] ? <Link to={PAGES[name]}>{t(`metric_page.${name}`)}</Link> : t(`metric_page.${name}`)}
        </Chip>
      ))}
    </Space>
  );
}

function OneMetric({ metric, metrics, close }: { metric: Metric; metrics: Metric[]; close: () => void }) {
  const { t, i18n } = useTranslation();
  return (
    <Drawer
      open onClose={close} size={560} title={metric.title[i18n.language] ?? metric.name}
      extra={<LinkButton to={`/data/lineage?object=${encodeURIComponent(`metric:${metric.name}`)}`}>{t('catalog.lineage')}</LinkButton>}
    >
      <p>{metric.description[i18n.language]}</p>
      <LastMonth metric={metric} />
      <Descriptions
        column={1} size="small"
        items={[
          { key: 'formula', label: t('catalog.formula'), children: inWords(metric.formula, metrics, t, i18n.language) },
          { key: 'unit', label: t('catalog.unit'), children: t(`metric_unit.${metric.unit}`) },
          { key: 'good', label: t('catalog.good'), children: t(`metric_good.${metric.good}`) },
          { key: 'grain', label: t('catalog.grain'), children: metric.grain.map((one) => t(`metric_grain.${one}`)).join(t('formula.comma')) },
          { key: 'used', label: t('catalog.used_by'), children: <UsedBy metric={metric} metrics={metrics} /> },
          { key: 'owner', label: t('catalog.owner'), children: metric.owner || t('catalog.no_owner') },
          { key: 'version', label: t('catalog.version'), children: `v${metric.version}` },
          { key: 'file', label: t('catalog.defined_in'), children: metric.is_shipped ? t('catalog.shipped') : <code>{metric.file}</code> },
        ]}
      />
    </Drawer>
  );
}
