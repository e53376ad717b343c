import { Fragment, type ReactNode } from 'react';

/** JSON as text, with the values at some paths (`properties.products[0].price`) marked. */
export function JsonTree({ value, marks = {} }: { value: unknown; marks?: Record<string, string> }) {
  return <pre className="json">{shown(value, '', 0, marks)}</pre>;
}

function shown(value: unknown, path: string, depth: number, marks: Record<string, string>): ReactNode {
  const inner = plainOrNested(value, path, depth, marks);
  const mark = marks[path];
  return mark === undefined || path === '' ? inner : <mark title={mark}>{inner}</mark>;
}

function plainOrNested(value: unknown, path: string, depth: number, marks: Record<string, string>): ReactNode {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const isList = Array.isArray(value);
  const entries: [string, unknown][] = isList
    ? value.map((item, place) => [`${path}[${place}]`, item])
    : Object.entries(value).map(([name, item]) => [path ? `${path}.${name}` : name, item]);
  const names = isList ? [] : Object.keys(value);
  const missing = isList ? [] : missingIn(path, names, marks);
  if (entries.length + missing.length === 0) return isList ? '[]' : '{}';
  const indent = '  '.repeat(depth + 1);
  return (
    <>
      {isList ? '[' : '{'}{'\n'}
      {entries.map(([at, item], place) => (
        <Fragment key={at}>
          {indent}{!isList && <span className="json-name">{JSON.stringify(names[place])}: </span>}
          {shown(item, at, depth + 1, marks)}{place < entries.length - 1 ? ',' : ''}{'\n'}
        </Fragment>
      ))}
      {missing.map((name) => (
        <Fragment key={name}>
          {indent}<mark className="absent" title={marks[path ? `${path}.${name}` : name]}>{JSON.stringify(name)}</mark>{'\n'}
        </Fragment>
      ))}
      {'  '.repeat(depth)}{isList ? ']' : '}'}
    </>
  );
}

/** Names that a rule asks for directly below a path and that are not there. */
function missingIn(path: string, names: string[], marks: Record<string, string>): string[] {
  const start = path ? `${path}.` : '';
  return Object.keys(marks)
    .filter((mark) => mark.startsWith(start) && mark.length > start.length)
    .map((mark) => mark.slice(start.length))
    .filter((rest) => !/[.[]/.test(rest) && !names.includes(rest));
}
