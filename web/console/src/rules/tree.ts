/** A condition as it is written in a file; see the definition of an audience. */
export type Tree = { [key: string]: unknown };

export type Kind = 'attribute' | 'tag' | 'score' | 'audience' | 'did' | 'everyone';
export const KINDS: Kind[] = ['attribute', 'tag', 'score', 'audience', 'did'];

export type Leaf = {
  type: 'leaf';
  id: number;
  isNegated: boolean;
  kind: Kind;
  name: string;
  /** Operators with their values, or the bounds and filters of `did`. */
  terms: Record<string, unknown>;
};
export type Group = { type: 'group'; id: number; isNegated: boolean; join: 'all' | 'any'; nodes: Node[] };
export type Node = Leaf | Group;

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
  const node = readNode(tree);
  if (node.type === 'group' && !node.isNegated) return node;
  return newGroup('all', node.type === 'leaf' && node.kind === 'everyone' ? [] : [node]);
}

function readNode(tree: Tree): Node {
  if ('all' in tree) return newGroup('all', (tree.all as Tree[]).map(readNode));
  if ('any' in tree) return newGroup('any', (tree.any as Tree[]).map(readNode));
  if ('not' in tree) {
    const inner = readNode(tree.not as Tree);
    // A double negation keeps its brackets: the inner one stays a group of its own.
    return inner.isNegated ? { ...newGroup('all', [inner]), isNegated: true } : { ...inner, isNegated: true };
  }
  const kind = [...KINDS, 'everyone' as const].find((known) => known in tree) ?? 'everyone';
  const { [kind]: name, ...terms } = tree;
  return newLeaf(kind, kind === 'everyone' ? '' : String(name), terms);
}

/** Write the editor's shape as a tree; an empty group at the root means everyone. */
export function write(group: Group): Tree {
  if (group.nodes.length === 0) return { everyone: true };
  return writeNode(group);
}

function writeNode(node: Node): Tree {
  const plain: Tree =
    node.type === 'group'
      ? { [node.join]: node.nodes.map(writeNode) }
      : node.kind === 'everyone' ? { everyone: true } : { [node.kind]: node.name, ...node.terms };
  return node.isNegated ? { not: plain } : plain;
}

/** Whether every part of the tree says something: names chosen, values given, groups not empty. */
export function isComplete(node: Node, isRoot = true): boolean {
  if (node.type === 'group') {
    return (isRoot || node.nodes.length > 0) && node.nodes.every((child) => isComplete(child, false));
  }
  if (node.kind === 'everyone') return true;
  const hasValues = Object.values(node.terms).every(
    (value) => value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  const needsTerm = node.kind === 'attribute' || node.kind === 'score';
  return node.name !== '' && hasValues && (!needsTerm || Object.keys(node.terms).length > 0);
}
