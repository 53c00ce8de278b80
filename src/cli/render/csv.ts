/** Comma-separated values (RFC 4180), for spreadsheets: what one would take for a formula begins with an apostrophe. */
export function csv(names: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string[] {
  return [names, ...rows].map((row) =>
    row.map((cell = '') => quoted(/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell)).join(','),
  );
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
