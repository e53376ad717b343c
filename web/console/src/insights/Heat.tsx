import type { ReactNode } from 'react';

export type HeatCell = {
  key: string;
  text: ReactNode;
  /** From 0 to 1; null for a cell without color. */
  warmth: number | null;
  isOpen?: boolean;
  kind?: 'size';
  look?: () => void;
};
export type HeatRow = { key: string; name: ReactNode; cells: HeatCell[]; isMean?: boolean };

// Beyond this strength dark text would not be legible on the ground.
const STRONGEST = 0.58;

/** A matrix whose cells are the darker the more they hold; a cell opens the list of its people. */
export function Heat({ corner, columns, rows, label }: { corner: ReactNode; columns: ReactNode[]; rows: HeatRow[]; label: string }) {
  return (
    <div className="heat-box" tabIndex={0} role="region" aria-label={label}>
      <table className="heat">
        <thead>
          <tr><th scope="col">{corner}</th>{columns.map((column, place) => <th key={place} scope="col">{column}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} className={row.isMean ? 'mean' : undefined}>
              <th scope="row">{row.name}</th>
              {row.cells.map((cell) => <Cell key={cell.key} cell={cell} />)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ cell }: { cell: HeatCell }) {
  const backgroundColor = cell.warmth === null ? undefined : `rgba(47, 84, 200, ${(0.05 + (STRONGEST - 0.05) * cell.warmth).toFixed(3)})`;
  return (
    <td className={[cell.kind, cell.isOpen && 'open'].filter(Boolean).join(' ')} style={{ backgroundColor }}>
      {cell.look ? <button type="button" className="link" onClick={cell.look}>{cell.text}</button> : <span>{cell.text}</span>}
    </td>
  );
}
