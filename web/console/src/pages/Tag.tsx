import { EditOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router-dom';

import type { Schemas } from '../api/client';
import { useGet } from '../api/hooks';
import { Bars } from '../components/Bars';
import { ChartCard } from '../components/ChartCard';
import { LinkButton } from '../components/LinkButton';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { useTitles } from '../conditions';
import { useSession } from '../session';
import { Doubts } from '../tags/Doubts';
import { Drift } from '../tags/Drift';
import { Editor } from '../tags/Editor';
import { GiveByHand } from '../tags/GiveByHand';
import { TagVersions } from '../tags/TagVersions';
import { ofKind, type Body } from '../tags/body';

type Saved = Schemas['TagPage'];
const FIRST = 15;

export default function Tag() {
  const { name = '' } = useParams();
  const { t } = useTranslation();
  const isNew = name === 'new';
  const query = useGet('/api/tags/{name}', { path: { name } }, { enabled: !isNew });
  if (isNew) {
    return (
      <Page title={t('tags.new')} up={{ to: '/tags', title: t('page.tags') }}>
        <Editor start={ofKind({ family: 'behavior' }, 'statistic')} done={() => undefined} />
      </Page>
    );
  }
  return <Loaded query={query}>{(saved) => <One key={saved.tag} saved={saved} />}</Loaded>;
}

function One({ saved }: { saved: Saved }) {
  const { t, i18n } = useTranslation();
  const { may } = useSession();
  const [isEdited, setEdited] = useState(false);
  const canWrite = may('audiences.write');
  const title = saved.title[i18n.language] || saved.tag;
  return (
    <Page
      title={title}
      up={{ to: '/tags', title: t('page.tags') }}
      lead={saved.description[i18n.language]}
      actions={
        <>
          <LinkButton to={`/data/lineage?object=${encodeURIComponent(`tag:${saved.tag}`)}`}>{t('tags.lineage')}</LinkButton>
          {canWrite && !isEdited && <Button type="primary" icon={<EditOutlined />} onClick={() => setEdited(true)}>{t('tags.edit')}</Button>}
        </>
      }
    >
      <Doubts doubts={saved.warnings} />
      <Figures saved={saved} />
      {isEdited && <Editor key={saved.version} saved={saved} start={saved.body as Body} done={() => setEdited(false)} />}
      <div className="columns wide-left top">
        <div className="stack">
          <Distribution saved={saved} />
          <Trend saved={saved} />
          {(saved.kind === 'manual' || saved.kind === 'imported') && <GiveByHand tag={saved.tag} given={saved.body[saved.kind]} canWrite={canWrite} />}
          <Section title={t('tags.versions')} flush><TagVersions tag={saved.tag} current={saved.version} canWrite={canWrite} /></Section>
        </div>
        <div className="stack beside">
          <About saved={saved} />
          {!isEdited && <Section title={t('tags.definition')}><pre className="code yaml" tabIndex={0} aria-label={t('tags.definition')}>{saved.text}</pre></Section>}
          <Section title={t('tags.reads')}>
            {saved.reads.length === 0 ? <p className="muted">{t('tags.reads_nothing')}</p> : (
              <ul className="plain">{saved.reads.map((column) => <li key={column}><Link to={`/data/lineage?object=${encodeURIComponent(`column:${column}`)}`}><code>{column}</code></Link></li>)}</ul>
            )}
          </Section>
          <Section title={t('tags.used_by')}>
            {saved.used_by.length === 0 ? <p className="muted">{t('tags.used_by_nobody')}</p> : (
              <ul className="plain">{saved.used_by.map((user) => <li key={user}><code>{user}</code></li>)}</ul>
            )}
          </Section>
        </div>
      </div>
    </Page>
  );
}

function Figures({ saved }: { saved: Saved }) {
  const { t } = useTranslation();
  const format = useFormat();
  const standing = saved.statistics;
  if (!standing) return <NextStep text={t('tags.not_counted')} command="zhiyin run" />;
  const figures: [string, React.ReactNode][] = [
    [t('field.members'), format.count(standing.holders)],
    [t('tags.coverage'), format.share(standing.coverage)],
    [t('tags.drift'), <Drift key="drift" drift={standing.drift} />],
    [t('tags.newest_fact'), <span key="fresh" className="small-value">{format.time(standing.newest_fact_at)}</span>],
  ];
  return (
    <div className="kpis four small">
      {figures.map(([name, value]) => (
        <div className="kpi" key={name}><div className="kpi-name">{name}</div><div className="kpi-value">{value}</div></div>
      ))}
    </div>
  );
}

function About({ saved }: { saved: Saved }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Section title={t('tags.about')}>
      <dl className="facts">
        <dt>{t('tags.name')}</dt><dd><code>{saved.tag}</code></dd>
        <dt>{t('tags.family')}</dt><dd>{t(`family.${saved.family}`)}</dd>
        <dt>{t('tags.kind')}</dt><dd><Chip>{t(`tag_kind.${saved.kind}`)}</Chip></dd>
        {saved.owner && <><dt>{t('tags.owner')}</dt><dd>{saved.owner}</dd></>}
        {saved.unit && <><dt>{t('tags.unit')}</dt><dd>{t(`tag_unit.${saved.unit}`, { defaultValue: saved.unit })}</dd></>}
        {saved.valid_days && <><dt>{t('tags.valid_days')}</dt><dd>{format.count(saved.valid_days)}</dd></>}
        <dt>{t('plan.version')}</dt><dd>v{saved.version} <span className="muted">{saved.digest}</span></dd>
        <dt>{t('tags.weight')}</dt><dd>{format.decimal(saved.weight)}</dd>
      </dl>
    </Section>
  );
}

function Distribution({ saved }: { saved: Saved }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titles = useTitles();
  const standing = saved.statistics;
  if (!standing || saved.values.length === 0) return null;
  const isNumber = saved.values.some((one) => one.low !== null);
  const sorted = [...saved.values].sort((a, b) => isNumber && a.low !== null && b.low !== null ? a.low - b.low : a.place - b.place);
  const named = (one: Saved['values'][number]) =>
    one.place === 0 ? t('tags.all_the_rest') : one.low !== null ? t('tags.from', { low: format.decimal(one.low) }) : titles.value(saved.tag, one.value);
  const kept = sorted.filter((one) => one.place !== 0).slice(0, FIRST);
  return (
    <Section title={t('tags.distribution')}>
      {standing.p50 !== null && isNumber && (
        <p className="muted">{t('tags.quantiles', { p10: format.decimal(standing.p10), p50: format.decimal(standing.p50), p90: format.decimal(standing.p90), mean: format.decimal(standing.mean) })}</p>
      )}
      <Bars
        label={t('tags.distribution')}
        bars={kept.map((one) => ({ key: one.value, name: named(one), value: one.holders, text: `${format.count(one.holders)} · ${format.share(one.holders / Math.max(standing.holders, 1))}` }))}
      />
      {saved.distinct_values !== null && saved.distinct_values > kept.length && <p className="muted">{t('tags.distinct', { count: saved.distinct_values, shown: format.count(saved.distinct_values) })}</p>}
    </Section>
  );
}

function Trend({ saved }: { saved: Saved }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (saved.history.length < 2) return null;
  const rows = saved.history.map((one) => [one.as_of, one.holders, one.coverage, one.drift] as (string | number | null)[]);
  const most = Math.max(...saved.history.map((one) => one.coverage));
  const label = t('tags.trend_label', { first: format.share(saved.history[0]!.coverage), last: format.share(saved.history.at(-1)!.coverage) });
  return (
    <ChartCard
      title={t('tags.trend')} label={label} file={`tag-${saved.tag}`} height={200}
      columns={[t('tags.run_of'), t('field.members'), t('tags.coverage'), t('tags.psi_short')]} rows={rows}
      shown={(cell, column) => column === 0 ? format.date(String(cell)) : column === 1 ? format.count(cell as number) : column === 2 ? format.share(cell as number) : format.decimal(cell as number | null, 3)}
      option={{
        grid: { left: 44, right: 12, top: 12, bottom: 24 },
        tooltip: { trigger: 'axis', valueFormatter: (value: unknown) => format.share(value as number) },
        xAxis: { type: 'category', data: saved.history.map((one) => format.date(one.as_of)) },
        yAxis: { type: 'value', min: 0, axisLabel: { formatter: (value: number) => format.share(value, most < 0.05 ? 2 : 0) } },
        series: [{ type: 'line', name: t('tags.coverage'), data: saved.history.map((one) => one.coverage), symbolSize: 5 }],
      }}
    />
  );
}
