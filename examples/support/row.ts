/** A line of the table at the end. */
import { columns } from '../../lab/cli/table.ts';

export interface Row {
  /** The step of the document. */
  step: string;
  sent: number;
  /** What arrived, in words: `200`, `200 copies`. */
  v1: string;
  v2: string;
  /** Whether it is what the document says. */
  holds: boolean;
  /** What the document says, or why it does not hold. */
  says: string;
}

export function rowLines(rows: readonly (Row & { document: string })[]): string {
  const heading = ['document', 'step', 'sent', 'at v1', 'at v2', 'as it says', ''];
  const lines = rows.map(({ document, step, sent, v1, v2, holds, says }) => {
    return [document, step, String(sent), v1, v2, holds ? 'yes' : 'NO', says];
  });
  return columns([heading, ...lines]);
}
