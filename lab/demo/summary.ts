/** The last screen of the demo: what was counted. Pure. */
import type { RolloutView } from '../../src/contract/view.ts';
import { formatDuration } from '../build/progress.ts';
import type { ProbeSummary } from '../prober/index.ts';
import type { PhaseCount } from '../story/index.ts';

export interface RolloutCounts {
  image: string;
  view: RolloutView;
  phases: PhaseCount[];
}

/** One rollout: how it ended, how long it took, and who answered whom in each phase. */
export function rolloutLines({ image, view, phases }: RolloutCounts): string[] {
  const { rollout, outcome, startedAt, endedAt } = view;
  const took = endedAt ? ` in ${formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}` : '';
  const where = outcome?.kind === 'promoted' ? '' : ` at step ${outcome?.step}`;
  return [`${rollout}  ${image}: ${outcome?.kind}${where}${took}`, ...table(phases).map((line) => `  ${line}`)];
}

/** Requests of users in a window, in one line. */
export function usersLine(users: ProbeSummary): string {
  const versions = Object.entries(users.byVersion).sort(([a], [b]) => a.localeCompare(b));
  const by = versions.map(([version, count]) => `${answerer(version)} ${number(count)}`).join(', ');
  return `${number(users.total)} user requests sent, ${number(users.failed)} failed; answered by ${by || 'nobody'}.`;
}

function table(phases: PhaseCount[]): string[] {
  const versions = [...new Set(phases.flatMap(({ byVersion }) => Object.keys(byVersion)))].sort();
  const heading = ['users routed', 'sent', 'failed', ...versions.map((version) => `by ${answerer(version)}`), 'copies'];
  const rows = phases.map(({ name, sent, failed, byVersion, copies }) => [
    name,
    ...[sent, failed, ...versions.map((version) => byVersion[version] ?? 0), copies].map(number),
  ]);
  return align([heading, ...rows]);
}

/** Names to the left, numbers to the right. */
function align(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
}

/** The prober's `none`: no answer, or one of the proxy alone. */
function answerer(version: string): string {
  return version === 'none' ? 'nobody' : version;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
