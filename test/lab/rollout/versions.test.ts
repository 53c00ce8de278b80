import type { ChildProcess } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { buildsOf, currentVersion } from '../../../src/worker/versions.ts';
import { eventually } from '../../support/lab/cluster.ts';
import { Reviews } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

async function kill(child: ChildProcess): Promise<number> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  return Date.now();
}

/** Builds without a worker that something is pinned to. */
async function stranded(sluice: ClusterSluice, pollerAgeMs?: number) {
  const builds = await buildsOf(sluice.client, pollerAgeMs);
  return builds.filter(({ workers, pinned }) => workers === 0 && pinned.length > 0);
}

async function prepared(label: string) {
  const [app, sluice] = await Promise.all([Reviews.create(label), ClusterSluice.start({ workers: 0 })]);
  const plan = app.plan({ mirror: undefined, load: undefined, shift: { weights: [40, 100], everyMs: 120_000 } });
  return { app, sluice, plan };
}

describe('worker versions', () => {
  test('a newer build takes over an open rollout, and an abort works there', async () => {
    const { app, sluice, plan } = await prepared('upgrade');
    expect(await currentVersion(sluice.client)).toBeUndefined();
    expect(await sluice.cli('setup', '--current-version', 'unversioned')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('as before'),
    });
    const first = await sluice.startWorker(undefined, ['--build-id', '1']);
    expect(await sluice.cli('setup', '--current-version', '1')).toMatchObject({ code: 0 });
    const prober = app.users();
    await sluice.deliver(plan, 'reviews:v2');
    await sluice.until(plan, ({ route }) => route.canary === 40, 'weight 40');
    await kill(first);
    await sluice.startWorker(undefined, ['--build-id', '2']);
    expect(await sluice.cli('setup', '--current-version', '2')).toMatchObject({ code: 0 });
    expect(await currentVersion(sluice.client)).toBe('2');
    await sluice.act(plan, 'abort', 'the new build is asked');
    expect((await sluice.result(plan)).outcome?.kind).toBe('aborted');
    expect((await prober.stop()).failed).toBe(0);

    expect(await sluice.cli('setup', '--current-version', 'unversioned')).toMatchObject({ code: 0 });
    await sluice.startWorker();
    expect(await sluice.deliver(plan, 'reviews:v2')).toMatchObject({ status: 'started' });
    await sluice.act(plan, 'abort', 'seen');
    await sluice.result(plan);
    await sluice.stop();
    await app.remove();
  });

  test('a pinned rollout waits for its build, and is named until that is back', async () => {
    const { app, sluice, plan } = await prepared('pinned');
    const pinned = (build: string) => sluice.startWorker(undefined, ['--build-id', build, '--versioning', 'pinned']);
    const first = await pinned('1');
    await sluice.cli('setup', '--current-version', '1');
    await sluice.deliver(plan, 'reviews:v2');
    await sluice.until(plan, ({ route }) => route.canary === 40, 'weight 40');
    expect(await stranded(sluice)).toEqual([]);
    const killed = await kill(first);
    await pinned('2');
    await sluice.cli('setup', '--current-version', '2');
    const { workflowId } = sluice.handle(plan);
    const named = await eventually(async () => {
      const found = await stranded(sluice, Date.now() - killed);
      return found.length > 0 ? found : undefined;
    }, 'the pinned rollout is named');
    expect(named).toMatchObject([{ build: '1', current: false, pinned: [workflowId] }]);
    await sluice.handle(plan).signal('abort', 'nobody hears it yet');
    await pinned('1');
    expect((await sluice.result(plan)).outcome?.kind).toBe('aborted');
    await sluice.stop();
    await app.remove();
  });
});
