import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';
import { intervalsOf } from '../support/intervals.ts';

let app: Reviews;
let sluice: ClusterSluice;
beforeAll(async () => {
  [app, sluice] = await Promise.all([Reviews.create('quiet'), ClusterSluice.start()]);
});
afterAll(async () => {
  await sluice?.stop();
  await app?.remove();
});

/** Processes of load tests of this Sluice's workers. */
function loadProcesses(): number {
  const workers = sluice.workers.map(({ pid }) => pid);
  const all = execFileSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' }).split('\n');
  return all.filter((line) => line.includes('load-process') && workers.includes(Number.parseInt(line, 10))).length;
}

test('an abort ends the load test and its process', async () => {
  const base = app.plan();
  const load = { ...base.load, requestsPerSecond: 20, durationMs: 60_000 } as NonNullable<typeof base.load>;
  const plan = app.plan({ mirror: undefined, acceptance: [], load });
  const users = app.users();
  await sluice.deliver(plan, 'reviews:v2');
  await eventually(async () => loadProcesses() === 1 || undefined, 'the load test runs');
  await sluice.act(plan, 'abort', 'enough');
  expect((await sluice.result(plan)).outcome?.kind).toBe('aborted');
  await users.stop();
  await eventually(async () => loadProcesses() === 0 || undefined, 'its process is gone', 40_000);
});

test('a service without users is judged by requests of our own, each weight in its own time', async () => {
  const during = {
    address: app.gateway,
    stages: ['shift' as const],
    requestsPerSecond: 20,
    path: '/',
    method: 'GET' as const,
    headers: { host: app.host },
  };
  const shift = { weights: [50, 100], everyMs: 2_000, stagesMs: [5_000, 2_000] };
  const plan = app.plan({ mirror: undefined, load: undefined, acceptance: [], during, shift });
  await sluice.deliver(plan, 'reviews:v3');
  expect((await sluice.result(plan)).outcome?.kind).toBe('promoted');
  const [first, second] = await intervalsOf(sluice, plan);
  expect(first?.ms).toBeGreaterThanOrEqual(5_000);
  expect(second?.ms).toBeGreaterThanOrEqual(2_000);
  expect(second?.ms).toBeLessThan(first?.ms ?? 0);
  for (const one of [first, second]) expect(one?.own).toBeGreaterThan(20);
});
