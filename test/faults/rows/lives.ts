/** L: nothing stands by. Each life of the worker ends at a random moment, and whatever starts workers starts the next one. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Bed } from '../bed.ts';
import type { FaultRow } from '../row.ts';
import { promoted, routed, seconds } from './support.ts';

const ROLLOUTS = 50;
const WEIGHTS = [20, 40, 60, 80, 100];
const [SHORTEST_MS, LONGEST_MS] = [500, 12_000];

function row(seed: number): FaultRow {
  return {
    id: `L:${seed}`,
    what: `every life of the worker ends at a random moment, ${seed}`,
    how: `one worker at a time, which leaves or is killed after ${SHORTEST_MS / 1_000} to ${LONGEST_MS / 1_000} s of work`,
    needs: { workers: 0 },
    limitS: 600,
    run: async (bed) => {
      bed.plan.shift = { ...bed.plan.shift, weights: WEIGHTS };
      const over = { yes: false };
      const living = liveOn(bed, () => over.yes);
      await bed.deliver();
      const started = Date.now();
      await promoted(bed).finally(() => {
        over.yes = true;
      });
      const { left, killed } = await living;
      assert.deepEqual(routed(bed), ['0', 'mirror', '0', ...WEIGHTS.map(String), '0']);
      // people are told afterwards
      await bed.startWorker();
      return {
        outcome: `promoted; ${left} lives left by themselves, ${killed} were killed`,
        safeAfterS: seconds(started),
      };
    },
  };
}

async function liveOn(bed: Bed, over: () => boolean): Promise<{ left: number; killed: number }> {
  const lives = { left: 0, killed: 0 };
  while (!over()) {
    const ms = Math.round(SHORTEST_MS + bed.random() * (LONGEST_MS - SHORTEST_MS));
    const isKilled = bed.random() < 0.5;
    const worker = await bed.startWorker(['--until-idle', '4s', ...(isKilled ? [] : ['--at-most', `${ms}ms`])]);
    const killing = isKilled ? setTimeout(() => worker.kill('SIGKILL'), ms) : undefined;
    if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    clearTimeout(killing);
    lives[worker.signalCode === 'SIGKILL' ? 'killed' : 'left'] += 1;
  }
  return lives;
}

export const LIFE_ROWS: FaultRow[] = Array.from({ length: ROLLOUTS }, (_, index) => row(index + 1));
