import { Skeleton } from 'antd';
import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '../api/client';
import { Section } from '../components/Section';
import { useFormat } from '../format';
import { colors, series as palette } from '../theme';
import { AnswerCard, type Figure } from './AnswerCard';
import { Fact, Facts } from './Facts';
import type { Catalog } from './names';
import type { PathsSpec } from './PathsQuestion';
import { usePeople } from './People';
import { useDuration } from './times';

const Sankey = lazy(() => import('./Sankey'));
type Answer = Schemas['PathsAnswer'];
type Link = Answer['links'][number];

export function PathsAnswer({ answer, spec, catalog }: { answer: Answer; spec: PathsSpec; catalog: Catalog }) {
  const { t } = useTranslation();
  const format = useFormat();
  const duration = useDuration();
  const people = usePeople('paths', spec);
  const nameOf = (item: string) =>
    item === '…' ? t('insights.other')
    : spec.item === 'channel' ? t(`channel.${item}`, { defaultValue: item })
    : spec.item === 'category' || spec.item === 'platform' ? item : catalog.event(item);
  const option = useMemo(() => flows(answer.links, nameOf, format.count), [answer, spec.item, catalog.isLoaded, format.count]);
  if (answer.links.length === 0) return <Section><p className="muted">{t('insights.no_paths')}</p></Section>;
  const lookAt = ({ place, source, target }: Link) =>
    people.look ? () => people.look?.({ place, source, target }, t('insights.link', { place, from: nameOf(source), to: nameOf(target) })) : undefined;
  const rows = answer.links.map((link): Figure[] => [
    { value: link.place, text: t('insights.from_to', { from: link.place, to: link.place + 1 }) },
    { value: nameOf(link.source), text: nameOf(link.source) },
    { value: nameOf(link.target), text: nameOf(link.target) },
    { value: link.times, text: format.count(link.times) },
    { value: link.people, text: format.count(link.people), look: lookAt(link) },
    { value: link.share, text: format.share(link.share) },
    { value: link.average_seconds, text: duration(link.average_seconds) },
  ]);
  const first = answer.starts[0];
  const columns = ['place', 'from', 'to', 'gone', 'people', 'of_paths', 'mean_time'].map((key) => t(`insights.${key}`));
  const height = Math.max(360, 34 * Math.max(...layers(answer.links)));
  return (
    <>
      <Facts>
        <Fact name={t('insights.paths_found')} value={format.count(answer.paths)} />
        <Fact name={t('insights.links_shown')} value={format.count(answer.links.length)} foot={answer.left_out.links > 0 && t('insights.links_left', { shown: format.count(answer.left_out.links) })} />
        <Fact name={t('insights.commonest_start')} value={first ? nameOf(first.item) : '–'} foot={first && t('insights.of_all_paths', { share: format.share(first.paths / answer.paths) })} />
        <Fact name={t('insights.commonest_link')} value={format.share(answer.links[0].share)} foot={`${nameOf(answer.links[0].source)} → ${nameOf(answer.links[0].target)}`} />
      </Facts>
      <AnswerCard title={t('insights.flows')} file="paths" words={3} rows={rows} columns={columns} foot={people.look && <p className="muted ask-hint">{t('insights.pick_link')}</p>}>
        <Suspense fallback={<Skeleton.Node active style={{ width: '100%', height }} />}>
          <Sankey
            option={option} height={height} label={t('insights.flows_label', { shown: format.count(answer.links.length) })}
            onPick={(place, _, part) => part === 'edge' && lookAt(answer.links[place])?.()}
          />
        </Suspense>
      </AnswerCard>
      {people.drawer}
    </>
  );
}

/** How many items stand at each place. */
function layers(links: Link[]): number[] {
  const items = new Map<number, Set<string>>();
  const put = (place: number, item: string) => items.set(place, (items.get(place) ?? new Set()).add(item));
  for (const link of links) {
    put(link.place, link.source);
    put(link.place + 1, link.target);
  }
  return [...items.values()].map((found) => found.size);
}

function flows(links: Link[], nameOf: (item: string) => string, count: (value: number) => string) {
  const places = new Map<string, { place: number; item: string }>();
  const key = (place: number, item: string) => {
    places.set(`${place}|${item}`, { place, item });
    return `${place}|${item}`;
  };
  const edges = links.map((link) => ({ source: key(link.place, link.source), target: key(link.place + 1, link.target), value: link.times, people: link.people }));
  const items = [...new Set([...places.values()].map((one) => one.item))];
  const shown = (id: string) => nameOf(places.get(id)?.item ?? '');
  return {
    tooltip: {
      trigger: 'item', confine: true, renderMode: 'richText',
      formatter: ({ dataType, data }: { dataType: string; data: { name: string; source: string; target: string; value: number; people: number } }) =>
        dataType === 'edge' ? `${shown(data.source)} → ${shown(data.target)}\n${count(data.value)}` : shown(data.name),
    },
    series: [{
      type: 'sankey', left: 4, right: 132, top: 12, bottom: 12, nodeGap: 16, nodeWidth: 12, draggable: false, layoutIterations: 32, emphasis: { focus: 'adjacency' },
      data: [...places].map(([name, { place, item }]) => ({
        name, depth: place - 1, itemStyle: { color: palette[items.indexOf(item) % palette.length] },
      })),
      links: edges,
      label: { color: colors.ink, fontSize: 12, formatter: ({ name }: { name: string }) => shown(name), width: 124, overflow: 'truncate' },
      lineStyle: { color: 'source', opacity: 0.28, curveness: 0.5 },
      cursor: 'pointer',
    }],
  };
}
