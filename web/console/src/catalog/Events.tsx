import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { useFormat } from '../format';

type Event = Schemas['CatalogEvent'];

export function Events({ events }: { events: Event[] }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  if (events.length === 0) return <NextStep text={t('catalog.no_events')} command="zhiyin run" />;
  return (
    <Table<Event>
      size="small" rowKey="event" dataSource={events} scroll={{ x: 860 }}
      pagination={events.length > 50 ? { pageSize: 50, size: 'small' } : false}
      columns={[
        {
          title: t('field.event'), key: 'event', sorter: (a, b) => a.event.localeCompare(b.event),
          render: (_, one) => {
            const title = one.title[i18n.language] || t(`event.${one.event.replaceAll(' ', '_')}`, { defaultValue: one.event });
            return <span className="person"><b>{title}</b>{title !== one.event && <small>{one.event}</small>}</span>;
          },
        },
        { title: t('catalog.state'), key: 'state', width: 130, render: (_, one) => <State event={one} /> },
        { title: t('catalog.rows'), dataIndex: 'rows', align: 'right', width: 110, sorter: (a, b) => a.rows - b.rows, render: format.count },
        { title: t('catalog.visitors'), dataIndex: 'visitors', align: 'right', width: 110, sorter: (a, b) => a.visitors - b.visitors, render: format.count },
        { title: t('catalog.first_seen'), dataIndex: 'first_seen', width: 140, className: 'muted', render: format.time },
        { title: t('catalog.last_seen'), dataIndex: 'last_seen', width: 140, className: 'muted', render: format.time },
        { title: t('catalog.owner'), dataIndex: 'owner', width: 90, className: 'muted' },
      ]}
    />
  );
}

function State({ event }: { event: Event }) {
  const { t } = useTranslation();
  if (!event.is_planned) return <Chip>{t('catalog.unplanned')}</Chip>;
  return <Link to="/data/plan">{event.is_seen ? t('catalog.planned') : t('catalog.never_seen')}</Link>;
}
