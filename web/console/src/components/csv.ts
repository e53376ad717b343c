export type Cell = string | number | null;

function quoted(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  // A cell that a spreadsheet would run as a formula is kept as text.
  const safe = typeof cell === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hand the rows to the browser as a CSV file, with the mark that spreadsheets need for UTF-8. */
export function save(name: string, rows: Cell[][]): void {
  const text = rows.map((row) => row.map(quoted).join(',')).join('\r\n');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
