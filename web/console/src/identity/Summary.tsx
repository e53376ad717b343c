import { Table } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Bars } from '../components/Bars';
import { NextStep } from '../components/NextStep';
import { Section } from '../components/Section';
import { Share } from '../components/Share';
import { NONE, useFormat } from '../format';

type Data = Schemas['IdentityOut'];

/** The figures of the last run. */
export function Figures({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const isBelow = data.rate !== null && data.rate < data.target;
  const target = t('identity.target', { target: format.share(data.target, 0) });
  const count = (name: string) => data.changes.find((one) => one.name === name)?.count ?? 0;
  const figures: [string, React.ReactNode, React.ReactNode][] = [
    ['rate', <span key="rate" className={isBelow ? 'bad' : ''}>{format.share(data.rate)}</span>, isBelow ? `${t('identity.below')} · ${target}` : target],
    ['people', format.compact(data.people), t('identity.from_ids', { count: data.ids, shown: format.compact(data.ids) })],
    ['ids_per_person', data.people ? format.decimal(data.ids / data.people, 2) : NONE, t('identity.known_people', { shown: format.compact(data.people_known) })],
    ['completeness', format.share(data.completeness), t('identity.of_fields')],
    ['changes', format.count(count('merge')), t('identity.and_splits', { count: count('split'), shown: format.count(count('split')) })],
    ['reviews', format.count(data.reviews), t('identity.decisions_in_force', { count: data.decisions, shown: format.count(data.decisions) })],
  ];
  return (
    <div className="kpis">
      {figures.map(([name, value, below]) => (
        <div className="kpi" key={name}>
          <div className="kpi-name" title={t(`identity.kpi_hint.${name}`)}>{t(`identity.kpi.${name}`)}</div>
          <div className="kpi-value">{value}</div>
          <div className="kpi-delta muted">{below}</div>
        </div>
      ))}
    </div>
  );
}

/** How much of what each source brings is linked to a known person. */
export function Sources({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const of = (part: number, whole: number) => <Share share={whole ? part / whole : null} isLow={whole > 0 && part / whole < data.target} />;
  return (
    <Section flush title={t('identity.sources')} extra={<span className="legend">{t('identity.target', { target: format.share(data.target, 0) })}</span>}>
      {data.sources.length === 0 ? <NextStep text={t('identity.no_sources')} command="zhiyin run" /> : (
        <Table
          size="small" rowKey="source_id" dataSource={data.sources} scroll={{ x: 760 }} pagination={data.sources.length > 8 ? { pageSize: 8, size: 'small', showSizeChanger: false } : false}
          columns={[
            { title: t('field.source'), dataIndex: 'source_id', render: (name: string) => <b>{name}</b> },
            { title: t('identity.linked_events'), key: 'events', render: (_, row) => of(row.events_linked, row.events) },
            { title: t('identity.linked_orders'), key: 'orders', render: (_, row) => of(row.orders_linked, row.orders) },
            { title: t('identity.linked_ids'), key: 'ids', render: (_, row) => <Share share={row.ids ? row.ids_linked / row.ids : null} /> },
            { title: t('identity.people'), dataIndex: 'people', align: 'right', render: format.count },
            { title: t('identity.shared'), key: 'shared', align: 'right', render: (_, row) => (row.people ? <span title={format.count(row.people_shared)}>{format.share(row.people_shared / row.people, 0)}</span> : NONE) },
            { title: t('field.completeness'), dataIndex: 'completeness', align: 'right', render: (value: number | null) => format.share(value, 0) },
          ]}
        />
      )}
    </Section>
  );
}

/** How many ids people have, and how much is known of them. */
export function Spread({ data }: { data: Data }) {
  const { t } = useTranslation();
  const format = useFormat();
  const bars = (groups: Data['ids_per_person'], name: (group: string) => string) => {
    const total = groups.reduce((sum, group) => sum + group.count, 0) || 1;
    return groups.map((group) => ({
      key: group.name, name: name(group.name), value: group.count,
      text: <>{format.count(group.count)} <span className="muted">{format.share(group.count / total)}</span></>,
    }));
  };
  return (
    <Section title={t('identity.spread')}>
      <Bars label={t('identity.kpi.ids_per_person')} bars={bars(data.ids_per_person, (name) => t('identity.ids', { count: Number.parseInt(name, 10), shown: name }))} />
      {data.completeness_bands.length > 0 && (
        <>
          <h3>{t('identity.completeness')}</h3>
          <Bars label={t('identity.completeness')} bars={bars(data.completeness_bands, (name) => `${20 * Number(name)}–${20 * Number(name) + 20} %`)} />
        </>
      )}
    </Section>
  );
}
