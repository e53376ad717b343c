import type { ReactNode } from 'react';

/** Shows the little Markdown that model cards use: headings, lists, tables, paragraphs, bold. */
export function Markdown({ text }: { text: string }) {
  const blocks: ReactNode[] = [];
  const lines = text.split('\n');
  let at = 0;
  const take = (fits: (line: string) => boolean) => {
    const from = at;
    while (at < lines.length && fits(lines[at])) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at];
    const key = at;
    if (!line.trim()) at += 1;
    else if (line.startsWith('#')) {
      const words = line.replace(/^#+\s*/, '');
      blocks.push(line.startsWith('# ') ? <h3 key={key}>{words}</h3> : <h4 key={key}>{words}</h4>);
      at += 1;
    } else if (line.startsWith('- ')) {
      const items = take((next) => next.startsWith('- '));
      blocks.push(<ul key={key}>{items.map((item, index) => <li key={index}>{inline(item.slice(2))}</li>)}</ul>);
    } else if (line.startsWith('|')) {
      blocks.push(<Grid key={key} rows={take((next) => next.startsWith('|'))} />);
    } else {
      const words = take((next) => !!next.trim() && !/^(#|- |\|)/.test(next));
      blocks.push(<p key={key}>{inline(words.join(' '))}</p>);
    }
  }
  return <div className="markdown">{blocks}</div>;
}

function cells(row: string): string[] {
  return row.replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim());
}

function Grid({ rows }: { rows: string[] }) {
  const [head, ...body] = rows.filter((row) => !/^\|[\s:|-]+\|$/.test(row)).map(cells);
  return (
    <table>
      <thead><tr>{head.map((cell, index) => <th key={index}>{inline(cell)}</th>)}</tr></thead>
      <tbody>
        {body.map((row, index) => <tr key={index}>{row.map((cell, column) => <td key={column}>{inline(cell)}</td>)}</tr>)}
      </tbody>
    </table>
  );
}

function inline(text: string): ReactNode {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part, index) => {
    if (part.startsWith('**')) return <b key={index}>{part.slice(2, -2)}</b>;
    return part.startsWith('`') ? <code key={index}>{part.slice(1, -1)}</code> : part;
  });
}
