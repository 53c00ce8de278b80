import { InvalidArgumentError, Option } from 'commander';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { populationCsv, renderPopulation } from '../../render/population.ts';
import type { Session } from '../../session.ts';
import { showRows } from '../../terminal/terminal.ts';

export interface Times {
  /** ISO 8601 */
  since: string;
  until?: string;
}

/** When every rollout is asked for. */
export function timeOptions(): [since: Option, until: Option] {
  return [
    new Option('--since <date>', 'every rollout that began from then on, for example 2026-11-01').argParser(dateValue),
    new Option('--until <date>', 'with --since: and before then (default: now)').argParser(dateValue),
  ];
}

/** @returns ISO 8601 */
function dateValue(text: string): string {
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError('Write it like 2026-11-01 or 2026-11-01T12:00:00Z.');
  return new Date(at).toISOString();
}

/** @returns 3 when one is missing */
export async function printPopulation(
  { client, settings: { cluster }, terminal }: Session,
  { since, until = new Date().toISOString() }: Times,
  of: { namespace?: string; plan?: string; dir?: string },
): Promise<ExitCode> {
  const { population } = await import('../../../audit/population.ts');
  const rows = await population(client, { ...of, cluster, since, until });
  if (terminal.output === 'csv') for (const line of populationCsv(rows)) terminal.print(line);
  else showRows(terminal, rows, () => renderPopulation(rows, terminal.look));
  const missing = rows.filter((row) => row.missing);
  const exported = rows.filter(({ from }) => from).length;
  if (exported > 0) terminal.say(`${exported} of them as they were exported: Temporal has forgotten them.`);
  terminal.say(`${rows.length} rollouts on cluster ${cluster} from ${since} to ${until}, ${missing.length} missing.`);
  return missing.length > 0 ? EXIT.failed : EXIT.ok;
}
