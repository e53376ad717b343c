import dagre from '@dagrejs/dagre';
import { MarkerType, Position, type Edge, type Node } from '@xyflow/react';

import type { Found, Thing } from './words';

export const WIDTH = 216;
export const HEIGHT = 58;
// More files than this that feed the same source are drawn as one.
const FILES_DRAWN = 3;

export type Drawn = { thing: Thing; together: Thing[]; isStart: boolean };
export type DrawnNode = Node<Drawn, 'thing'>;

/** Places objects from left to right as data flows; many files of one source stand as one node. */
export function drawn(found: Found): { nodes: DrawnNode[]; edges: Edge[] } {
  const { things, edges } = withFilesTogether(found);
  const graph = new dagre.graphlib.Graph({ multigraph: false });
  graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 72, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { thing } of things) graph.setNode(thing.object, { width: WIDTH, height: HEIGHT });
  for (const edge of edges) graph.setEdge(edge.source, edge.target);
  dagre.layout(graph);
  const nodes = things.map(({ thing, together }): DrawnNode => {
    const { x, y } = graph.node(thing.object);
    return {
      id: thing.object, type: 'thing', position: { x: x - WIDTH / 2, y: y - HEIGHT / 2 }, width: WIDTH, height: HEIGHT, measured: { width: WIDTH, height: HEIGHT },
      data: { thing, together, isStart: thing.object === found.object },
      sourcePosition: Position.Right, targetPosition: Position.Left, draggable: false, connectable: false,
    };
  });
  return {
    nodes,
    edges: edges.map((edge) => ({
      id: `${edge.source}>${edge.target}>${edge.via}`, source: edge.source, target: edge.target, focusable: false,
      markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 },
    })),
  };
}

function withFilesTogether(found: Found) {
  const target = new Map<string, string>();
  for (const edge of found.edges) if (edge.source.startsWith('file:')) target.set(edge.source, edge.target);
  const bySource = new Map<string, Thing[]>();
  for (const thing of found.objects) {
    const source = thing.kind === 'file' && thing.object !== found.object ? target.get(thing.object) : undefined;
    if (source) bySource.set(source, [...(bySource.get(source) ?? []), thing]);
  }
  const folded = new Map<string, string>();
  for (const files of bySource.values()) if (files.length > FILES_DRAWN) for (const file of files) folded.set(file.object, files[0].object);
  const things = found.objects
    .filter((thing) => (folded.get(thing.object) ?? thing.object) === thing.object)
    .map((thing) => ({ thing, together: found.objects.filter((one) => folded.get(one.object) === thing.object) }));
  const seen = new Set<string>();
  const edges = found.edges.filter((edge) => {
    if ((folded.get(edge.source) ?? edge.source) !== edge.source) return false;
    const key = `${edge.source}>${edge.target}`;
    return !seen.has(key) && Boolean(seen.add(key));
  });
  return { things, edges };
}

/** Puts what was asked for further nodes to what was there; the first answer knows a node's distance. */
export function joined(first: Found, further: Found[]): Found {
  const objects = new Map(first.objects.map((one) => [one.object, one]));
  const edges = new Map(first.edges.map((edge) => [`${edge.source}>${edge.target}>${edge.via}`, edge]));
  for (const one of further) {
    const base = objects.get(one.object)?.depth ?? 0;
    for (const thing of one.objects) {
      const known = objects.get(thing.object);
      if (!known) objects.set(thing.object, { ...thing, depth: thing.depth + base });
      else if (thing.object === one.object) objects.set(thing.object, { ...known, hidden: thing.hidden });
    }
    for (const edge of one.edges) edges.set(`${edge.source}>${edge.target}>${edge.via}`, edge);
  }
  return { ...first, objects: [...objects.values()], edges: [...edges.values()] };
}
