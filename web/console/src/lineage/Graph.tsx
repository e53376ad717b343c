import '@xyflow/react/dist/base.css';

import { Background, Controls, Handle, Position, ReactFlow, ReactFlowProvider, useNodesInitialized, useReactFlow, useStore, type NodeProps } from '@xyflow/react';
import { createContext, useContext, useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import { drawn, HEIGHT, WIDTH, type DrawnNode } from './layout';
import { toneOf, useWords, type Found } from './words';

type Verbs = { chosen: string; choose: (object: string) => void; expand: (object: string) => void; isUp: boolean };
const Doing = createContext<Verbs>({ chosen: '', choose: () => undefined, expand: () => undefined, isUp: true });
const READABLE = 0.75;
const MARGIN = 40;
const TYPES = { thing: ThingNode };

/** Objects from left to right as data flows. A click chooses one, its plus shows what is hidden. */
export function Graph(props: { found: Found } & Omit<Verbs, 'isUp'>) {
  const { found, ...verbs } = props;
  const doing = useMemo(() => ({ ...verbs, isUp: found.direction === 'up' }), [verbs.chosen, verbs.choose, verbs.expand, found.direction]);
  return (
    <Doing.Provider value={doing}>
      <ReactFlowProvider>
        <Canvas found={found} />
      </ReactFlowProvider>
    </Doing.Provider>
  );
}

function Canvas({ found }: { found: Found }) {
  const { t } = useTranslation();
  const { choose } = useContext(Doing);
  const { nodes, edges } = useMemo(() => drawn(found), [found]);
  return (
    <div className="lineage-graph" role="group" aria-label={t('lineage.graph')}>
      <ReactFlow
        nodes={nodes} edges={edges} nodeTypes={TYPES} proOptions={{ hideAttribution: true }}
        minZoom={0.2} maxZoom={1.4} nodesDraggable={false} nodesConnectable={false} edgesFocusable={false} deleteKeyCode={null}
        onNodeClick={(_, node) => choose(node.id)} nodesFocusable={false} elementsSelectable={false} panOnScroll={false} zoomOnScroll={false}
        preventScrolling={false}
      >
        <Background gap={20} color="#e4e8ef" />
        <Controls showInteractive={false} aria-label={t('lineage.zoom')} />
        <Fitted key={found.object} found={found} />
      </ReactFlow>
    </div>
  );
}

/** Brings the whole graph into view when it changes; a large one begins at what was asked about. */
function Fitted({ found }: { found: Found }) {
  const flow = useReactFlow();
  const isThere = useNodesInitialized();
  const width = useStore((state) => state.width);
  const size = found.objects.length;
  useEffect(() => {
    if (!isThere) return;
    void flow.fitView({ padding: 0.06, maxZoom: 1, minZoom: 0.55 }).then(() => {
      const { zoom } = flow.getViewport();
      const start = flow.getNode(found.object);
      if (zoom > 0.56 || !start) return;
      const aside = width / 2 / READABLE - WIDTH / 2 - MARGIN;
      const middle = start.position.x + WIDTH / 2;
      void flow.setCenter(found.direction === 'up' ? middle - aside : middle + aside, start.position.y + HEIGHT / 2, { zoom: READABLE });
    });
  }, [flow, isThere, width, size, found.object, found.direction]);
  return null;
}

function ThingNode({ data }: NodeProps<DrawnNode>) {
  const { t } = useTranslation();
  const words = useWords();
  const { chosen, choose, expand, isUp } = useContext(Doing);
  const { thing, together, isStart } = data;
  const title = words.title(thing);
  const name = together.length > 1 ? t('lineage.files', { count: together.length }) : thing.name;
  const marks = ['lineage-node', `tone-${toneOf(thing.kind)}`, isStart ? 'start' : '', chosen === thing.object ? 'chosen' : ''];
  return (
    <div className={marks.join(' ')}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <button type="button" className="nodrag lineage-name" aria-pressed={chosen === thing.object} onClick={(event) => { event.stopPropagation(); choose(thing.object); }} title={name}>
        <small>{words.kind(thing.kind)}</small>
        <b>{title || shortened(thing.kind, name)}</b>
        {title && <span className="muted">{name}</span>}
      </button>
      {thing.hidden > 0 && (
        <button
          type="button" className={`nodrag lineage-more ${isUp ? 'left' : 'right'}`} aria-label={t('lineage.show_more', { count: thing.hidden, name })}
          onClick={(event) => { event.stopPropagation(); expand(thing.object); }}
        >
          +{thing.hidden}
        </button>
      )}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}

/** A column without its layer, which its color and table tell; else the name. */
function shortened(kind: string, name: string): string {
  return kind === 'column' ? name.split('.').slice(1).join('.') : name;
}
