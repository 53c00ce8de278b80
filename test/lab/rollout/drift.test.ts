/** Somebody else's hands on a route during a rollout: what Sluice does and says, and after how long. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Prober } from '../../../lab/prober/index.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { apply, eventually, kubectl } from '../../support/lab/cluster.ts';
import { Reviews, type VirtualServiceObject } from '../../support/lab/reviews.ts';
import { ClusterSluice } from '../../support/lab/sluice.ts';

let sluice: ClusterSluice;

beforeAll(async () => {
  sluice = await ClusterSluice.start();
});

afterAll(() => sluice?.stop());

/** A rollout that stays at 20 %, its users, and the plan's word on what is to become of others' changes. */
async function atTwenty(label: string, onDrift: 'hold' | 'restore') {
  const app = await Reviews.create(label);
  const { traffic } = app.plan();
  const plan = app.plan({
    traffic: { ...traffic, onDrift },
    acceptance: [],
    load: undefined,
    mirror: undefined,
    shift: { weights: [20, 100], everyMs: 60_000 },
  });
  const before = await app.route();
  const prober = app.users();
  await sluice.deliver(plan, 'reviews:v2');
  await sluice.until(plan, ({ route }) => route.canary === 20, 'weight 20');
  return { app, plan, before, prober };
}

/** Seconds from a deed to what it brings about. */
async function secondsUntil<T>(deed: () => Promise<unknown>, seen: () => Promise<T>): Promise<[number, T]> {
  await deed();
  const done = Date.now();
  const result = await seen();
  return [(Date.now() - done) / 1000, result];
}

const held = (plan: Plan) => sluice.until(plan, ({ needsYou }) => needsYou !== undefined, 'needs you', 20_000);

function edit(app: Reviews, operations: object[], manager: string): Promise<string> {
  const patch = JSON.stringify(operations);
  const where = ['-n', app.namespace, 'patch', 'virtualservice', 'reviews'];
  return kubectl(...where, '--type=json', `--field-manager=${manager}`, '-p', patch);
}

const FIFTY = [
  { op: 'replace', path: '/spec/http/0/route/0/weight', value: 50 },
  { op: 'replace', path: '/spec/http/0/route/1/weight', value: 50 },
];

const MIRROR = [
  { op: 'add', path: '/spec/http/0/mirror', value: { host: 'watcher.other.svc.cluster.local' } },
  { op: 'add', path: '/spec/http/0/mirrorPercentage', value: { value: 100 } },
];

describe("somebody else's change, held", () => {
  let app: Reviews;
  let plan: Plan;
  let before: VirtualServiceObject;
  let prober: Prober;

  beforeAll(async () => {
    ({ app, plan, before, prober } = await atTwenty('held', 'hold'));
  });

  afterAll(() => app?.remove());

  async function resumed(): Promise<void> {
    await sluice.answer(plan);
    await sluice.until(plan, ({ needsYou, state }) => !needsYou && state === 'running', 'running again');
    // one that was made anew is found to be another first
    await eventually(async () => (await app.weights()).canary === 20 || undefined, '20 % again', 2_000);
    expect(await app.weights()).toMatchObject({ primary: 80, canary: 20 });
  }

  test('weights edited by hand: who it was, and retry writes over it', async () => {
    const [seconds, view] = await secondsUntil(
      () => edit(app, FIFTY, 'anna'),
      () => held(plan),
    );
    console.info(`weights edited: held after ${seconds.toFixed(2)} s; "${view.needsYou?.reason}"`);
    expect(view.needsYou?.reason).toMatch(
      /spec\.http\[0\] has primary 50 %, canary 50 %, where Sluice expects primary 80 %, canary 20 %; last changed by anna at /,
    );
    expect(await app.weights()).toMatchObject({ primary: 50, canary: 50 });
    await resumed();
  });

  test('a mirror of others beside ours is theirs: nobody is asked, and it stays', async () => {
    await edit(app, MIRROR, 'security-tool');
    await sleep(3_000);
    expect((await sluice.view(plan)).needsYou).toBeUndefined();
    expect((await app.route()).spec.http[0]).toMatchObject({ mirror: { host: 'watcher.other.svc.cluster.local' } });
  });

  test('the object deleted: put back and tried again, it goes on', async () => {
    expect((await prober.stop()).failed).toBe(0);
    const [seconds, view] = await secondsUntil(
      () => kubectl('-n', app.namespace, 'delete', 'virtualservice', 'reviews'),
      () => held(plan),
    );
    console.info(`deleted: held after ${seconds.toFixed(2)} s; "${view.needsYou?.reason}"`);
    expect(view.needsYou?.reason).toMatch(/VirtualService .*\/reviews was deleted/);
    await apply([plain(app, before)]);
    await resumed();
  });

  test('an abort takes users back', async () => {
    await sluice.act(plan, 'abort', 'end of the test');
    expect((await sluice.result(plan)).outcome?.kind).toBe('aborted');
    expect((await app.weights()).canary).toBe(0);
  });
});

describe("somebody else's change, and the plan says restore", () => {
  let app: Reviews;
  let plan: Plan;
  let before: VirtualServiceObject;
  let prober: Prober;

  beforeAll(async () => {
    ({ app, plan, before, prober } = await atTwenty('restored', 'restore'));
  });

  afterAll(() => app?.remove());

  test('weights edited by hand are written again at once, and it is said', async () => {
    const [seconds] = await secondsUntil(
      () => edit(app, FIFTY, 'anna'),
      () => eventually(async () => (await app.weights()).canary === 20 || undefined, '20 % again'),
    );
    console.info(`weights edited: written again after ${seconds.toFixed(2)} s`);
    const { warnings } = await sluice.until(plan, (view) => said(view).length > 0, 'what was done');
    expect(warnings.at(-1)).toMatch(/last changed by anna at .*; Sluice wrote it again\.$/);
  });

  test('re-applied again and again by another manager: written five times, then a person decides', async () => {
    let view = await sluice.view(plan);
    let times = 0;
    for (; !view.needsYou && times < 8; times += 1) {
      await reapply(app, before);
      await eventually(() => settled(app, plan), 'written again or held');
      view = await sluice.view(plan);
    }
    console.info(`re-applied ${times} times: "${view.needsYou?.reason}"`);
    expect(times).toBe(5);
    expect(view.needsYou?.reason).toMatch(/last changed by argocd.*written again 5 times and changed each time/);
    expect(said(view)).toHaveLength(5);
    await sluice.act(plan, 'abort', 'end of the test');
    expect((await sluice.result(plan)).outcome?.kind).toBe('aborted');
    expect((await prober.stop()).failed).toBe(0);
  });
});

const said = ({ warnings }: RolloutView) => warnings.filter((text) => text.endsWith('Sluice wrote it again.'));

async function settled(app: Reviews, plan: Plan): Promise<true | undefined> {
  return (await sluice.view(plan)).needsYou !== undefined || (await app.weights()).canary === 20 || undefined;
}

function plain(app: Reviews, { spec }: VirtualServiceObject): object {
  const metadata = { name: 'reviews', namespace: app.namespace };
  return { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata, spec };
}

/** As a GitOps tool does: its whole object, its field manager, conflicts overruled. */
async function reapply(app: Reviews, object: VirtualServiceObject): Promise<void> {
  const file = join(tmpdir(), `${app.namespace}.json`);
  await writeFile(file, JSON.stringify(plain(app, object)));
  await kubectl('apply', '--server-side', '--force-conflicts', '--field-manager=argocd', '-f', file);
}
