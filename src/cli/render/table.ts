import type { Style } from '../../contract/badge.ts';
import { type TerminalLook, type TextPart, toLine } from './look.ts';
import { column, widthOf } from './text.ts';

export interface TableCell {
  text: string;
  style?: Style;
}

export interface Column {
  title: string;
  /** Most columns it takes; longer texts are cut. The last column takes what is left. */
  max: number;
}

/** A table with a heading, nothing without rows; every column as wide as its longest text, up to its maximum. */
export function renderTable(columns: Column[], rows: TableCell[][], look: TerminalLook): string[] {
  if (rows.length === 0) return [];
  const widths = columns.map(({ title, max }, index) =>
    Math.min(max, Math.max(widthOf(title), ...rows.map((row) => widthOf(row[index]?.text ?? '')))),
  );
  const mark = look.unicode ? '…' : '~';
  const line = (cells: TableCell[]): string => {
    const parts = cells.flatMap(({ text, style }, index): TextPart[] => {
      const last = index === cells.length - 1;
      const fitted = last ? text : column(text, widths[index] ?? 0, mark);
      return [style ? [style, fitted] : fitted, last ? '' : '  '];
    });
    return toLine(parts, look);
  };
  return [line(columns.map(({ title }) => ({ text: title, style: 'quiet' }))), ...rows.map(line)];
}
