/** Sluice uninstalled in the middle of a rollout, with all that its own Temporal knew: what users meet, what is left, how it goes. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rolloutWorkflowId } from '../../../src/contract/ids.ts';
import { kubectl } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

let app: Reviews;
let sluice: ClusterSluice;

beforeAll(async () => {
  [app, sluice] = await Promise.all([Reviews.create('uninstalled'), ClusterSluice.start()]);
});

afterAll(async () => {
  await sluice?.stop();
  await app?.remove();
});

/** The command of docs/use/cluster.md. */
async function marked(): Promise<string> {
  const page = await readFile('docs/use/cluster.md', 'utf8');
  const command = /^kubectl (get [^`]*--output 'custom-columns=[^']*')$/m.exec(page)?.[1] ?? '';
  const words = command.replaceAll(/\\\n|'/g, '').split(/\s+/);
  return kubectl(...words.map((word) => (word === 'demo' ? app.namespace : word)));
}

test('users stay where they were, and the next installation brings it to rest', { tags: ['repeat'] }, async () => {
  const plan = app.plan({ mirror: undefined, load: undefined, shift: { weights: [40, 100], everyMs: 120_000 } });
  const users = app.users();
  await sluice.deliver(plan, 'reviews:v2');
  await sluice.until(plan, ({ route }) => route.canary === 40, 'weight 40');

  for (const worker of sluice.workers) worker.kill('SIGKILL');
  await sluice.handle(plan).terminate('the volume went with the release');
  await sluice.forget(rolloutWorkflowId(sluice.cluster, plan.namespace, plan.name));
  const left = await marked();
  console.info(left);
  for (const one of [/^VirtualService +reviews +.* reviews-1$/m, /^Deployment +reviews-v2 +[1-9]/m, /sluice-reviews-1/])
    expect(left).toMatch(one);
  expect(await app.weights()).toEqual({ primary: 60, canary: 40, mirror: 0 });

  await sluice.startWorker();
  const report = await sluice.cli('reconcile', '--namespace', app.namespace);
  console.info(report.stdout);
  expect(report).toMatchObject({ code: 8, stdout: expect.stringContaining('reviews-1 has no workflow') });
  expect((await sluice.repair(app.namespace)).found).toMatchObject([{ repair: { status: 'started' } }]);
  const { outcome } = await sluice.until(plan, ({ state }) => state === 'ended', 'the repair is over');
  expect(outcome?.kind).toBe('repaired');
  expect(await app.weights()).toEqual({ primary: 100, canary: 0, mirror: 0 });
  expect((await app.replicas('reviews-v2')).spec.replicas).toBe(0);
  const after = await marked();
  expect(after).not.toMatch(/ reviews-\d+$/m);
  expect(after).toMatch(/^Deployment +reviews-v2 +0 /m);
  expect((await users.stop()).failed).toBe(0);
});
