import type { Schemas } from '../api/client';

export const DOINGS = ['cast', 'rename', 'default', 'set', 'map', 'parse_time', 'remove'] as const;
export type Doing = (typeof DOINGS)[number];
/** A change as it is edited: `to` and `value` mean what the kind of change makes of them. */
export type Change = { do: Doing; path: string; to: string; value: string };

export function blank(doing: Doing): Change {
  return { do: doing, path: '', to: doing === 'cast' ? 'number' : '', value: '' };
}

/** The rule to send, or null while something is missing. */
export function ruleOf(name: string, wanted: Schemas['Wanted'], changes: Change[]): Record<string, unknown> | null {
  const told = changes.map(changeOf);
  if (told.some((change) => change === null)) return null;
  const where = Object.fromEntries(
    (['reason', 'source', 'event'] as const).flatMap((key) => (wanted[key] ? [[key, wanted[key]]] : [])),
  );
  return { name: name.trim(), where, changes: told };
}

function changeOf(change: Change): Record<string, unknown> | null {
  const { path } = change;
  if (!path) return null;
  switch (change.do) {
    case 'remove':
      return { do: 'remove', path };
    case 'cast':
      return { do: 'cast', path, to: change.to };
    case 'rename':
      return change.to ? { do: 'rename', path, to: change.to } : null;
    case 'map': {
      const pairs = change.value.split(/[,，]/).map((pair) => pair.split('=').map((part) => part.trim())).filter((pair) => pair.length === 2 && pair[0]);
      return pairs.length ? { do: 'map', path, values: Object.fromEntries(pairs.map(([from, to]) => [from, valueOf(to ?? '')])) } : null;
    }
    case 'parse_time':
      return change.value ? { do: 'parse_time', path, formats: [change.value], ...(change.to ? { timezone: change.to } : {}) } : null;
    default:
      return change.value ? { do: change.do, path, value: valueOf(change.value) } : null;
  }
}

/** What was typed as JSON (12, true, "12", {}), and else as the text it is. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The paths of a record's values, lists as `[]`. */
export function pathsIn(content: unknown, path = ''): string[] {
  if (Array.isArray(content)) return content.length ? pathsIn(content[0], `${path}[]`) : [`${path}[]`];
  if (content === null || typeof content !== 'object') return path ? [path] : [];
  return Object.entries(content).flatMap(([name, inner]) => pathsIn(inner, path ? `${path}.${name}` : name));
}

export type Difference = { path: string; before: string | null; after: string | null };

/** Where two records differ, value by value. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isNested(before) && isNested(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const inner = Array.isArray(before) ? (name: string) => `${path}[${name}]` : (name: string) => (path ? `${path}.${name}` : name);
    return names.flatMap((name) => differences(before[name], after[name], inner(name)));
  }
  const [old, now] = [shown(before), shown(after)];
  return old === now ? [] : [{ path, before: old, after: now }];
}

function isNested(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object';
}

function shown(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
