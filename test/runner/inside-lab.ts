/** Tiers that run in the lab, one after the other: users of the lab tier would feel more at a time. */
import { down, isUp, LabError, type LabState, spawnInside, up } from '../../lab/index.ts';
import { watchProcessors } from './busy.ts';
import { interrupted } from './child.ts';
import type { TestOptions } from './options.ts';
import type { ResultFile } from './results.ts';
import { runVitest } from './run-vitest.ts';
import { faults } from './single.ts';
import type { Tier } from './tiers.ts';

/** Behind everything else in the lab (sched(7), autogroups): its users shall feel the rollout, not the tests. */
const BEHIND = ['setsid', 'sh', '-c', 'echo 10 2>/dev/null >/proc/self/autogroup; exec "$0" "$@"'];

/** @param files of each tier @param beside runs with the fault table, which leaves a third of two processors */
export async function insideLab(
  files: Map<Tier, string[]>,
  options: TestOptions,
  results: ResultFile,
  beside: () => Promise<unknown>,
): Promise<void> {
  const names = [...files.keys()].map(({ name }) => name);
  const { lab, everything } = options;
  const stays = options.keep || isUp(lab);
  try {
    const state = await up({ name: lab, signal: interrupted });
    console.log(`lab ${lab} is up (${Math.round((state.readyAfterMs ?? 0) / 1000)} s)`);
    await runVitest({ files, everything, results, start: startIn(state) });
    if (interrupted.aborted) return;
    const processors = watchProcessors();
    const table = names.includes('faults');
    await Promise.all([table && faults(options, results), beside()]);
    if (table) console.log(`faults and what ran beside them: ${processors()}`);
  } catch (error) {
    if (interrupted.aborted) return;
    if (!(error instanceof LabError)) throw error;
    console.error(`\n${[error.message, ...error.details].join('\n  ')}`);
    const now = { from: Date.now(), to: Date.now() };
    for (const tier of names)
      results.add({ tier, file: 'the lab itself', passed: 0, failed: 1, left: 0, slow: [], ...now });
  } finally {
    if (!stays) await down(lab);
  }
}

function startIn(state: LabState) {
  return (argv: string[], env: Record<string, string>) =>
    spawnInside(state, [...BEHIND, ...argv], { stdio: 'inherit', env });
}
