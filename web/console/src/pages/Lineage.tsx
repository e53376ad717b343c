import '../lineage/lineage.css';

import { useQueries } from '@tanstack/react-query';
import { Segmented, Select } from 'antd';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { call } from '../api/client';
import { useGet } from '../api/hooks';
import { Loaded } from '../components/Loaded';
import { Chip } from '../components/Marks';
import { NextStep } from '../components/NextStep';
import { Page } from '../components/Page';
import { useFilters } from '../components/query';
import { Section } from '../components/Section';
import { Finder } from '../lineage/Finder';
import { Graph } from '../lineage/Graph';
import { joined } from '../lineage/layout';
import { Objects } from '../lineage/Objects';
import { OneObject } from '../lineage/OneObject';
import { Trace } from '../lineage/Trace';
import { toneOf, useWords, type Found } from '../lineage/words';

const DEPTHS = ['1', '2', '3', '5', 'all'];
const STARTS = ['metric', 'audience', 'tag', 'campaign', 'score', 'file'] as const;

export default function Lineage() {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const object = get('object');
  const look = useCallback(
    (changes: { object: string; direction?: string }) => set({ direction: get('direction'), ...changes, chosen: '', open: '' }),
    [get, set],
  );
  return (
    <Page title={t('page.lineage')} lead={t('lineage.lead')}>
      <Section>
        <div className="toolbar lineage-toolbar">
          <Finder name={object} choose={(chosen) => look({ object: chosen })} />
          {object && <Choices isGraph={isGraph(object)} />}
        </div>
        {!object && <Starts look={look} />}
      </Section>
      {object && <Answer look={look} />}
    </Page>
  );
}

function Choices({ isGraph: hasGraph }: { isGraph: boolean }) {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const depths = DEPTHS.map((value) => ({ value, label: value === 'all' ? t('lineage.all_steps') : t('lineage.steps', { count: Number(value) }) }));
  return (
    <>
      <Segmented
        aria-label={t('lineage.direction')} value={get('direction') || 'up'} onChange={(chosen) => set({ direction: chosen === 'up' ? '' : chosen, open: '' })}
        options={[{ value: 'up', label: t('lineage.up') }, { value: 'down', label: t('lineage.down') }]}
      />
      {hasGraph && (
        <>
          <Select aria-label={t('lineage.depth')} className="filter" value={get('depth') || '2'} onChange={(depth) => set({ depth: depth === '2' ? '' : depth, open: '' })} options={depths} />
          {!isFine(get('object')) && (
            <Segmented
              aria-label={t('lineage.level')} value={get('level') || 'tables'} onChange={(level) => set({ level: level === 'tables' ? '' : level, open: '', chosen: '' })}
              options={[{ value: 'tables', label: t('lineage.tables') }, { value: 'columns', label: t('lineage.columns') }]}
            />
          )}
          <Segmented
            aria-label={t('lineage.view')} value={get('view') || 'graph'} onChange={(view) => set({ view: view === 'graph' ? '' : view })}
            options={[{ value: 'graph', label: t('lineage.as_graph') }, { value: 'table', label: t('lineage.as_table') }]}
          />
        </>
      )}
    </>
  );
}

/** What was asked: a column stands for itself whatever the level says. */
function useAsked() {
  const { get } = useFilters();
  const object = get('object');
  const level = isFine(object) || get('level') === 'columns' ? ('columns' as const) : ('tables' as const);
  const direction = get('direction') === 'down' ? ('down' as const) : ('up' as const);
  const depth = get('depth') === 'all' ? undefined : Number(get('depth') || 2);
  return { name: object, direction, level, depth };
}

function Answer({ look }: { look: (changes: { object: string; direction?: string }) => void }) {
  const { get } = useFilters();
  const asked = useAsked();
  const person = get('person') || undefined;
  const query = useGet('/api/lineage', { query: isGraph(asked.name) && !person ? asked : { name: asked.name, direction: asked.direction, person, rows: FACTS_SHOWN } });
  return <Loaded query={query}>{(found) => (found.trace.length > 0 ? <Section><Trace steps={found.trace} look={look} /></Section> : <Explored first={found} look={look} />)}</Loaded>;
}

const FACTS_SHOWN = 3;
const KINDS = /^(log|source|field|table|column|feature|model|score|metric|tag|audience|strategy|campaign|experiment):|^(ods|dw|dm)\.\w+/;

/** What is a column of a kind is walked column by column. */
function isFine(object: string): boolean {
  return /^(column|field|feature):|^\w+\.\w+\.\w+$/.test(object);
}

/** Depth and level are those of a graph; a trace of rows is bounded by itself. */
function isGraph(object: string): boolean {
  return KINDS.test(object);
}

function Explored({ first, look }: { first: Found; look: (changes: { object: string; direction?: string }) => void }) {
  const { t } = useTranslation();
  const { get, set } = useFilters();
  const asked = useAsked();
  const open = useMemo(() => get('open').split(' ').filter(Boolean), [get]);
  const further = useQueries({
    queries: open.map((name) => {
      const query = { ...asked, name, depth: 1 };
      return { queryKey: ['/api/lineage', null, query], queryFn: () => call('get', '/api/lineage', { query }) };
    }),
    combine: (answers) => answers.flatMap(({ data }) => (data ? [data] : [])),
  });
  const found = useMemo(() => joined(first, further), [first, further]);
  const chosen = get('chosen') || first.object;
  const choose = useCallback((object: string) => set({ chosen: object }, { replace: true }), [set]);
  const expand = useCallback((object: string) => set({ open: [...open, object].join(' '), chosen: object }), [set, open]);
  return (
    <div className="columns lineage-columns">
      <div className="stack">
        <Section flush title={t('lineage.count', { count: found.objects.length })} extra={<Legend found={found} />}>
          {get('view') === 'table' ? <Objects found={found} choose={choose} /> : <Graph found={found} chosen={chosen} choose={choose} expand={expand} />}
          {found.objects.length === 1 && <p className="muted lineage-end">{asked.direction === 'up' ? t('lineage.end_up') : t('lineage.end_down')}</p>}
        </Section>
        <Reached found={found} choose={choose} />
      </div>
      <div className="stack beside"><OneObject object={chosen} look={look} /></div>
    </div>
  );
}

function Legend({ found }: { found: Found }) {
  const words = useWords();
  const kinds = [...new Set(found.objects.map((one) => one.kind))];
  return <span className="lineage-legend">{kinds.map((kind) => <Chip key={kind} tone={toneOf(kind)}>{words.kind(kind)}</Chip>)}</span>;
}

/** Everything that was met, by kind: of a walk down, the impact of a change. */
function Reached({ found, choose }: { found: Found; choose: (object: string) => void }) {
  const { t } = useTranslation();
  const words = useWords();
  const others = found.objects.filter((one) => one.depth > 0);
  const kinds = [...new Set(others.map((one) => one.kind))].sort((a, b) => ORDER.indexOf(b) - ORDER.indexOf(a));
  if (others.length === 0) return null;
  return (
    <Section title={found.direction === 'down' ? t('lineage.impact') : t('lineage.origins')}>
      <dl className="facts lineage-reached">
        {kinds.map((kind) => {
          const mine = others.filter((one) => one.kind === kind);
          return [
            <dt key={kind}>{words.kind(kind)} <span className="muted">{mine.length}</span></dt>,
            <dd key={`${kind}-list`}>
              {mine.slice(0, LISTED).map((one) => (
                <button key={one.object} type="button" className="link" onClick={() => choose(one.object)}>{words.title(one) || one.name}</button>
              ))}
              {mine.length > LISTED && <span className="muted">{t('lineage.more', { count: mine.length - LISTED })}</span>}
            </dd>,
          ];
        })}
      </dl>
    </Section>
  );
}

const LISTED = 12;
const ORDER = ['file', 'log', 'field', 'source', 'column', 'table', 'feature', 'model', 'score', 'metric', 'tag', 'audience', 'strategy', 'campaign', 'experiment'];

function Starts({ look }: { look: (changes: { object: string }) => void }) {
  const { t } = useTranslation();
  const words = useWords();
  const query = useGet('/api/lineage/objects', { query: { limit: 500 } });
  return (
    <Loaded query={query}>
      {(known) => known.length === 0 ? <NextStep text={t('lineage.empty')} command="zhiyin run" /> : (
        <>
          <p className="muted">{t('lineage.choose')}</p>
          <dl className="facts lineage-reached">
            {STARTS.map((kind) => {
              const mine = known.filter((one) => one.kind === kind).slice(0, LISTED);
              return mine.length === 0 ? null : [
                <dt key={kind}>{words.kind(kind)}</dt>,
                <dd key={`${kind}-list`}>
                  {mine.map((one) => <button key={one.object} type="button" className="link" onClick={() => look({ object: one.object })}>{words.title(one) || one.name}</button>)}
                </dd>,
              ];
            })}
          </dl>
        </>
      )}
    </Loaded>
  );
}
