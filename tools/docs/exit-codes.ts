/** docs/reference/exit-codes.md, from the table of the program. */
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';

export function exitCodeReference(): string {
  return [
    '# Exit codes',
    '',
    'One code per outcome, so that a script can tell them apart.',
    '',
    '| code | in short | in full |',
    '| --- | --- | --- |',
    ...Object.entries(EXIT_CODES).map(([code, { short, full }]) => `| ${code} | ${short} | ${full} |`),
    '',
  ].join('\n');
}
