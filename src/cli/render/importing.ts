import type { Style } from '../../contract/badge.ts';
import type { Imported, ImportRow } from '../../importing/index.ts';
import { type TerminalLook, toLine } from './look.ts';
import { clean } from './text.ts';

const STYLES: Record<ImportRow['result'] | 'refused', Style> = {
  refused: 'bad',
  lost: 'bad',
  changed: 'warn',
  kept: 'good',
};
const RESULTS = ['lost', 'changed', 'kept'] as const;

/** What became of every field, what is lost first: a line each, as long as it is. */
export function renderImport({ source, file, rows, refusals, plan }: Imported, look: TerminalLook): string[] {
  const of = (result: ImportRow['result']) => rows.filter((row) => row.result === result);
  const counts = RESULTS.map((result) => `${of(result).length} ${result}`).join(', ');
  const said = [
    ...refusals.map((refusal) => ({
      ...refusal,
      result: 'refused' as const,
      note: `${refusal.message}; ${refusal.remedy}`,
    })),
    ...RESULTS.flatMap(of),
  ];
  const lines = said.map(({ result, line, object, path, note }) => {
    const field = `${object.split(' ')[0]} ${path}`.trim();
    const text = `${String(line).padStart(4)}  ${field}${note ? `: ${note}` : ''}`;
    return toLine([[STYLES[result], result.padEnd(7)], clean(text)], { ...look, width: Number.POSITIVE_INFINITY });
  });
  return [clean(`${source} (${file}): ${plan ? 'a plan' : 'no plan'}; ${counts}`), ...lines];
}
