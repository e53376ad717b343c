/** A condition as it is written in a file; see the definition of an audience. */
export type Tree = { [key: string]: unknown };

export type Kind =
  'attribute' | 'tag' | 'score' | 'audience' | 'did' | 'first_did' | 'last_did' | 'sequence' | 'random_bucket';
/** The kinds that this editor can draw; a server that knows others gets them back as they were. */
export const KINDS: Kind[] =
  ['attribute', 'tag', 'score', 'audience', 'did', 'first_did', 'last_did', 'sequence', 'random_bucket'];
export const DEEDS: Kind[] = ['did', 'first_did', 'last_did'];

export type Leaf = {
  type: 'leaf';
  id: number;
  isNegated: boolean;
  kind: Kind;
  name: string;
  /** Operators with their values, or the bounds and filters of a behavior. */
  terms: Record<string, unknown>;
};
/** A node that this editor cannot draw: shown as it is written, and kept. */
export type Raw = { type: 'raw'; id: number; isNegated: boolean; tree: Tree };
export type Group = { type: 'group'; id: number; isNegated: boolean; join: 'all' | 'any'; nodes: Node[] };
export type Node = Leaf | Raw | Group;

/** The address of the editor with a condition in it, not saved yet. */
export function editorAddress(tree: Tree): string {
  return `/audiences/new?where=${encodeURIComponent(JSON.stringify(tree))}`;
}

/** Read a condition from an address; null for anything that is none. */
export function treeFrom(text: string): Tree | null {
  try {
    const tree: unknown = JSON.parse(text);
    return tree && typeof tree === 'object' && !Array.isArray(tree) ? (tree as Tree) : null;
  } catch {
    return null;
  }
}

let last = 0;
const next = () => ++last;

export function newLeaf(kind: Kind = 'attribute', name = '', terms: Record<string, unknown> = {}): Leaf {
  return { type: 'leaf', id: next(), isNegated: false, kind, name, terms };
}

export function newGroup(join: 'all' | 'any' = 'all', nodes: Node[] = []): Group {
  return { type: 'group', id: next(), isNegated: false, join, nodes };
}

/** Read a written tree into the editor's shape; the root is always a group. */
export function read(tree: Tree): Group {
  if ('everyone' in tree) return newGroup('all', []);
  const node = readNode(tree);
  return node.type === 'group' && !node.isNegated ? node : newGroup('all', [node]);
}

function readNode(tree: Tree): Node {
  if (Array.isArray(tree.all)) return newGroup('all', (tree.all as Tree[]).map(readNode));
  if (Array.isArray(tree.any)) return newGroup('any', (tree.any as Tree[]).map(readNode));
  if (tree.not && typeof tree.not === 'object') {
    const inner = readNode(tree.not as Tree);
    // A double negation keeps its brackets: the inner one stays a group of its own.
    return inner.isNegated ? { ...newGroup('all', [inner]), isNegated: true } : { ...inner, isNegated: true };
  }
  const kind = KINDS.find((known) => known in tree);
  if (!kind || !isDrawn(kind, tree)) return { type: 'raw', id: next(), isNegated: false, tree };
  const { [kind]: subject, ...terms } = tree;
  return kind === 'sequence' ? newLeaf(kind, kind, { ...terms, steps: subject }) : newLeaf(kind, String(subject), terms);
}

export const OPERATORS = [
  'equals', 'not_equals', 'one_of', 'at_least', 'above', 'at_most', 'below', 'contains', 'starts_with', 'exists',
  'before', 'after',
];
export const WITHIN = ['within_days', 'within_hours', 'within_minutes'];
const WINDOW = [...WITHIN, 'after', 'before'];
/** What may stand beside the subject of a row; what else a behavior has are filters. */
const BESIDE: Record<Kind, string[]> = {
  attribute: OPERATORS,
  tag: OPERATORS,
  score: OPERATORS,
  audience: [],
  did: ['at_least', 'at_most', 'sum', 'since', ...WINDOW],
  first_did: ['older_than_days', ...WINDOW],
  last_did: ['older_than_days', ...WINDOW],
  sequence: WINDOW,
  random_bucket: ['share', 'from', 'to'],
};

/** The filters among the terms of a behavior. */
export function filtersOf(kind: Kind, terms: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(terms).filter(([key]) => !BESIDE[kind].includes(key)));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  !!value && typeof value === 'object' && !Array.isArray(value);
/** `{did: event}` and nothing else. */
const isBareDeed = (value: unknown) => isObject(value) && typeof value.did === 'string' && Object.keys(value).length === 1;

function isDrawn(kind: Kind, tree: Tree): boolean {
  const { [kind]: subject, ...terms } = tree;
  if (kind === 'sequence') {
    return Array.isArray(subject) && subject.every(isDrawnStep) && Object.keys(terms).every((key) => WINDOW.includes(key));
  }
  if (typeof subject !== 'string') return false;
  if (terms.since !== undefined && !isBareDeed(terms.since)) return false;
  if (DEEDS.includes(kind)) return Object.values(filtersOf(kind, terms)).every(isDrawnFilter);
  return Object.keys(terms).every((key) => BESIDE[kind].includes(key));
}

function isDrawnFilter(value: unknown): boolean {
  if (!isObject(value)) return true;
  const keys = Object.keys(value);
  return keys.length === 1 && OPERATORS.includes(keys[0]);
}

function isDrawnStep(step: unknown): boolean {
  if (!isObject(step) || typeof step.did !== 'string') return false;
  return Object.entries(step).every(
    ([key, value]) => key === 'did' || WITHIN.includes(key) || (key === 'without' && isBareDeed(value)),
  );
}

/** Write the editor's shape as a tree; an empty group at the root means everyone. */
export function write(group: Group): Tree {
  return group.nodes.length === 0 ? { everyone: true } : writeNode(group);
}

function writeNode(node: Node): Tree {
  const plain: Tree =
    node.type === 'group' ? { [node.join]: node.nodes.map(writeNode) }
    : node.type === 'raw' ? node.tree
    : node.kind === 'sequence' ? sequenceOf(node)
    : { [node.kind]: node.name, ...node.terms };
  return node.isNegated ? { not: plain } : plain;
}

function sequenceOf({ terms }: Leaf): Tree {
  const { steps, ...window } = terms;
  return { sequence: steps, ...window };
}

/** How many conditions a group holds, those of groups within it counted. */
export function leafCount(node: Node): number {
  return node.type === 'group' ? node.nodes.reduce((sum, child) => sum + leafCount(child), 0) : 1;
}

function isGiven(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  if (Array.isArray(value)) return value.length > 0 && value.every(isGiven);
  if (typeof value === 'object') return Object.keys(value).length > 0 && Object.values(value).every(isGiven);
  return true;
}

/** Whether every part of the tree says something: names chosen, values given, groups not empty. */
export function isComplete(node: Node, isRoot = true): boolean {
  if (node.type === 'raw') return true;
  if (node.type === 'group') {
    return (isRoot || node.nodes.length > 0) && node.nodes.every((child) => isComplete(child, false));
  }
  const needsTerm = ['attribute', 'score', 'random_bucket'].includes(node.kind);
  if (node.kind === 'sequence' && (node.terms.steps as unknown[]).length < 2) return false;
  const occurs = node.kind === 'first_did' || node.kind === 'last_did';
  if (occurs && ![...WINDOW, 'older_than_days'].some((key) => key in node.terms)) return false;
  return node.name !== '' && Object.values(node.terms).every(isGiven) && (!needsTerm || Object.keys(node.terms).length > 0);
}

/** A tree as YAML, for nodes that are only shown. */
export function yaml(value: unknown, indent = 0): string {
  const pad = '  '.repeat(indent);
  if (Array.isArray(value)) return value.map((item) => `${pad}- ${yaml(item, indent + 1).trimStart()}`).join('\n');
  if (value && typeof value === 'object') {
    return Object.entries(value)
      .map(([key, item]) =>
        item && typeof item === 'object' ? `${pad}${key}:\n${yaml(item, indent + 1)}` : `${pad}${key}: ${JSON.stringify(item)}`,
      )
      .join('\n');
  }
  return `${pad}${JSON.stringify(value)}`;
}
