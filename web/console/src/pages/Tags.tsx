import { PlusOutlined } from '@ant-design/icons';
import { Table, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { LinkButton } from '../components/LinkButton';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { Share } from '../components/Share';
import { useFormat } from '../format';
import { useSession } from '../session';
import { Drift } from '../tags/Drift';
import { Entries } from '../tags/Entries';
import { Weights } from '../tags/Weights';
import { FAMILIES, type Family } from '../tags/body';

type List = Schemas['TagList'];
type Line = Schemas['TagLine'];

export default function Tags() {
  const { t } = useTranslation();
  const { may } = useSession();
  const { get, set } = useFilters();
  const query = useGet('/api/tags', {}, { keep: true });
  return (
    <Page
      title={t('page.tags')}
      lead={t('tags.lead')}
      actions={may('audiences.write') && (
        <LinkButton to="/tags/new" type="primary" icon={<PlusOutlined />}>{t('tags.new')}</LinkButton>
      )}
    >
      <Loaded query={query}>
        {(list) => (
          <>
            <Figures list={list} />
            <Section>
              <Tabs
                activeKey={get('tab') || 'tags'} onChange={(tab) => set({ tab: tab === 'tags' ? '' : tab })}
                items={[
                  { key: 'tags', label: t('tags.tags'), children: <Families list={list} /> },
                  { key: 'weights', label: t('tags.weights'), children: <Weights /> },
                  { key: 'entries', label: t('tags.entries'), children: <Entries /> },
                ]}
              />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Figures({ list }: { list: List }) {
  const { t } = useTranslation();
  const format = useFormat();
  const counted = list.tags.filter((tag) => tag.holders !== null && tag.holders > 0).length;
  const figures: [string, string][] = [
    [t('tags.defined'), format.count(list.tags.length)],
    [t('tags.with_people'), format.count(counted)],
    [t('tags.covered'), format.share(list.people ? list.covered : null)],
    [t('tags.each'), format.decimal(list.people ? list.tags_per_person : null, 1)],
  ];
  return (
    <div className="kpis four small">
      {figures.map(([name, value]) => (
        <div className="kpi" key={name}><div className="kpi-name">{name}</div><div className="kpi-value">{value}</div></div>
      ))}
    </div>
  );
}

type Row = { key: string; family?: Family; line?: Line; children?: Row[] };

function Families({ list }: { list: List }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  if (list.tags.length === 0) return <NextStep text={t('tags.empty')} />;
  const rows: Row[] = FAMILIES.map((family) => ({
    key: family,
    family,
    children: list.tags.filter((tag) => tag.family === family).map((line) => ({ key: line.tag, line })),
  })).filter((row) => row.children.length > 0);
  return (
    <Table<Row>
      size="small" rowKey="key" dataSource={rows} pagination={false} scroll={{ x: 900 }}
      expandable={{ defaultExpandAllRows: true, indentSize: 12 }}
      columns={[
        {
          title: t('field.tag'), key: 'tag',
          render: (_, { family, line, children }) => line ? (
            <Link to={`/tags/${line.tag}`} className="person"><b>{line.title[i18n.language] || line.tag}</b><small>{line.tag}</small></Link>
          ) : <b>{t(`family.${family}`)} <span className="muted">{children?.length}</span></b>,
        },
        { title: t('tags.kind'), key: 'kind', width: 110, render: (_, { line }) => line && <Chip>{t(`tag_kind.${line.kind}`)}</Chip> },
        { title: t('field.members'), key: 'holders', align: 'right', width: 100, render: (_, { line }) => line && format.count(line.holders) },
        { title: t('tags.coverage'), key: 'coverage', width: 170, render: (_, { line }) => line && <Share share={line.coverage} /> },
        { title: t('tags.values'), key: 'values', align: 'right', width: 90, render: (_, { line }) => line && format.count(line.distinct_values || null) },
        { title: t('tags.drift'), key: 'drift', width: 110, render: (_, { line }) => line && <Drift drift={line.drift} /> },
        { title: t('tags.newest_fact'), key: 'fresh', width: 140, render: (_, { line }) => line && <span className="muted">{format.time(line.newest_fact_at)}</span> },
        { title: t('tags.owner'), key: 'owner', width: 90, className: 'muted', render: (_, { line }) => line?.owner },
      ]}
    />
  );
}
