/** A build of the worker is replaced three times in one rollout: no step is shortened, and nothing is lost. */
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../src/contract/plan.ts';
import { lab } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { intervalsOf } from '../support/intervals.ts';

/** Replacing a worker takes about as long as one and a half of these. */
const EVERY_MS = 15_000;
/** Scrapes do not come at the very moment at which an interval begins and ends. */
const SLACK_MS = 1_500;
const WEIGHTS = [20, 40, 60, 80, 100];

/** Told to stop; resolves with what it said once it is gone. */
async function stop(sluice: ClusterSluice, worker: ChildProcess): Promise<string> {
  const gone = new Promise<number | null>((resolve) => worker.once('exit', resolve));
  worker.kill('SIGTERM');
  expect(await gone).toBe(0);
  const log = join(lab.dir, 'sluice', `${sluice.cluster}-worker-${sluice.workers.indexOf(worker)}.log`);
  const said = (await readFile(log, 'utf8')).split('\n').filter((line) => /^Stopp/.test(line));
  console.info(said.join('\n'));
  return said.join('\n');
}

interface Way {
  /** Of the first worker. */
  first: string[];
  next: (sluice: ClusterSluice, n: number) => Promise<void>;
}

const ways: Record<'drained' | 'upgraded', Way> = {
  drained: {
    first: [],
    next: async (sluice: ClusterSluice) => {
      await sluice.startWorker();
    },
  },
  upgraded: {
    first: ['--build-id', 'b0'],
    next: async (sluice: ClusterSluice, n: number) => {
      await sluice.startWorker(undefined, ['--build-id', `b${n}`]);
      expect(await sluice.cli('setup', '--current-version', `b${n}`)).toMatchObject({ code: 0 });
      expect(await sluice.cli('workers', '--drain', `b${n - 1}`)).toMatchObject({ code: 0 });
    },
  },
};

async function replaceThrice(sluice: ClusterSluice, plan: Plan, next: (n: number) => Promise<void>): Promise<void> {
  for (const [n, weight] of [20, 60, 100].entries()) {
    // starting a worker takes a while: the rollout may be further by then
    await sluice.until(plan, ({ route }) => route.canary >= weight, `weight ${weight}`);
    const old = sluice.workers.at(-1) as ChildProcess;
    await next(n + 1);
    expect(await sluice.view(plan)).not.toHaveProperty('outcome');
    expect(await stop(sluice, old)).toMatch(/^Stopping: .*\nStopped: /);
  }
}

describe('three builds after one another', () => {
  test('unversioned, each drained', { tags: ['repeat'] }, () => replaced(ways.drained));
  test('with build ids that upgrade', { tags: ['repeat'] }, () => replaced(ways.upgraded));
});

async function replaced({ first, next }: Way): Promise<void> {
  const [app, sluice] = await Promise.all([Reviews.create('builds'), ClusterSluice.start({ workers: 0 })]);
  await sluice.startWorker(undefined, first);
  if (first.length > 0) await sluice.cli('setup', '--current-version', 'b0');
  const plan = app.plan({ mirror: undefined, load: undefined, shift: { weights: WEIGHTS, everyMs: EVERY_MS } });
  const prober = app.users();
  await sluice.deliver(plan, 'reviews:v2');
  await replaceThrice(sluice, plan, (n) => next(sluice, n));
  const view = await sluice.result(plan);
  const { total, failed } = await prober.stop();
  const intervals = await intervalsOf(sluice, plan);
  console.info(`${total} sent, ${failed} failed; intervals of ${intervals.map(({ ms }) => ms).join(', ')} ms`);
  expect(view).toMatchObject({ outcome: { kind: 'promoted' }, failures: { count: 0 } });
  expect(view.actions).toEqual([]);
  expect(failed).toBe(0);
  const counted = view.intervals.filter(({ stage }) => stage !== 'mirror').slice(0, WEIGHTS.length);
  expect(counted.map(({ stage, verdict }) => `${stage} ${verdict}`)).toEqual(
    WEIGHTS.map((weight) => `${weight} % pass`),
  );
  for (const { ms } of intervals.slice(0, WEIGHTS.length)) expect(ms).toBeGreaterThan(EVERY_MS - SLACK_MS);
  await sluice.stop();
  await app.remove();
}
