/** Results as people read them. */
import { columns } from '../../lab/cli/table.ts';
import type { Span } from './marks.ts';
import type { Result, Use } from './result.ts';

export function reportText(results: readonly Result[]): string {
  return [columns([HEAD, ...results.map(row)]), ...results.map(details)].join('\n\n');
}

const HEAD = ['MEASURED', 'SETTING', 'N', 'MEDIAN ms', 'P99 ms', 'WORST ms', 'TARGET ms', 'MET', 'LOAD AVERAGE'];

function row({ name, setting, count, median, p99, worst, target, load }: Result): string[] {
  const met = median < target ? 'yes' : 'no';
  const loads = load.map((one) => one.toFixed(2)).join(' → ');
  return [name, setting, String(count), ms(median), ms(p99), ms(worst), `< ${target}`, met, loads];
}

function details({ name, setting, phases, waiting, note }: Result): string {
  const rows = phases.map(({ name, median, p99, worst }: Span) => [name, ms(median), ms(p99), ms(worst)]);
  const lines = [`${name}, ${setting}${rows.length > 0 ? ': where the time goes' : ''}`];
  if (rows.length > 0) lines.push(columns([['FROM → TO', 'MEDIAN ms', 'P99 ms', 'WORST ms'], ...rows]));
  if (note) lines.push(note);
  if (waiting) lines.push(useText(waiting));
  return lines.join('\n');
}

function ms(value: number): string {
  return value.toFixed(1);
}

function useText(use: Use): string {
  const [worker, temporal, apiServer, prometheus] = [
    use.cpuPercent,
    use.temporalCpuPercent,
    use.apiServerCpuPercent,
    use.prometheusCpuPercent,
  ].map((percent) => `${percent.toFixed(1)} %`);
  return (
    `while they wait: Sluice ${use.residentMiB.toFixed(0)} MiB and ${worker} of one processor, Temporal ${use.temporalMiB.toFixed(0)} MiB ` +
    `and ${temporal}, API server ${apiServer}, Prometheus ${prometheus}; ${use.connections} connections to the API server, ` +
    `${use.requestsPerMinute.toFixed(0)} requests and ${use.queriesPerMinute.toFixed(0)} queries a minute`
  );
}
