import { DownloadOutlined, SafetyCertificateOutlined } from '@ant-design/icons';
import { App, Button, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { useGet, useSend } from '../api/hooks';
import { useSay } from '../components/Failure';
import { Loaded } from '../components/Loaded';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { Alerts } from '../quality/Alerts';
import { Anomalies } from '../quality/Anomalies';
import { Cleaning } from '../quality/Cleaning';
import { OneTable } from '../quality/OneTable';
import { Rejects } from '../quality/Rejects';
import { Dimensions, Figures, Trend } from '../quality/Summary';
import { Tables } from '../quality/Tables';
import { useSession } from '../session';

export default function Quality() {
  const { t } = useTranslation();
  const format = useFormat();
  const { get, set } = useFilters();
  const query = useGet('/api/data/quality', { query: { days: 30 } });
  const at = query.data?.checked_at;
  return (
    <Page title={t('page.quality')} actions={<Deeds isEmpty={query.data?.tables.length === 0} />} lead={at ? t('quality.lead_at', { at: format.time(at) }) : t('quality.lead')}>
      <Loaded query={query}>{(data) => <Board data={data} />}</Loaded>
      {get('table') && <OneTable table={get('table')} close={() => set({ table: '', measure: '' })} />}
    </Page>
  );
}

function Deeds({ isEmpty }: { isEmpty: boolean }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const { message } = App.useApp();
  const say = useSay();
  const check = useSend('post', '/api/data/quality/check', ['/api/data/quality', '/api/data/quality/tables/{table}', '/api/data/jobs']);
  const look = () => check.mutateAsync({ body: {} }).then(
    (found) => message.success(t('quality.looked', { count: found.failed_checks, expectations: format.count(found.expectations), tables: format.count(found.tables) })),
    (error) => message.error(say(error)),
  );
  return (
    <>
      {!isEmpty && <Button icon={<DownloadOutlined />} href={`/api/data/quality/report?language=${i18n.language}`} download>{t('quality.report')}</Button>}
      {may('data.run') && <Button type="primary" icon={<SafetyCertificateOutlined />} loading={check.isPending} onClick={() => void look()}>{t('quality.check_now')}</Button>}
    </>
  );
}

function Board({ data }: { data: Schemas['QualityOut'] }) {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  return (
    <>
      {data.tables.length === 0 ? (
        <Section><NextStep text={t('quality.empty')} command="zhiyin run" /></Section>
      ) : (
        <>
          <Figures data={data} />
          <div className="columns wide-left">
            <Trend data={data} />
            <Dimensions data={data} />
          </div>
        </>
      )}
      <Section>
        <Tabs
          activeKey={get('tab') || 'tables'} onChange={(tab) => set({ tab: tab === 'tables' ? '' : tab, page: '', rule: '', from: '' })}
          items={[
            { key: 'tables', label: t('quality.tables'), children: data.tables.length ? <Tables tables={data.tables} /> : <NextStep text={t('quality.no_tables')} /> },
            { key: 'anomalies', label: t('quality.anomalies', { count: data.anomalies.length }), children: <Anomalies anomalies={data.anomalies} /> },
            { key: 'cleaning', label: t('quality.cleaning'), children: <Cleaning /> },
            { key: 'rejects', label: t('quality.rejects', { count: data.rejected }), children: <Rejects /> },
          ]}
        />
      </Section>
      <Alerts />
    </>
  );
}
