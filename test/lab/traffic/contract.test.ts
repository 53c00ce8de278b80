/** The router contract, once for all routers: the same intents, the same answers, the same requests of users. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RouteInput } from '../../../src/contract/activities.ts';
import type { RouteFound } from '../../../src/contract/detected.ts';
import type { Fence } from '../../../src/contract/fence.ts';
import { AT_REST, mirrored, type RouteIntent, weighted, withAffinity } from '../../../src/contract/intent.ts';
import type { Plan, RouteRef } from '../../../src/contract/plan.ts';
import { type ClusterConnection, connect } from '../../../src/kubernetes/index.ts';
import { applyIntent, inspectRoutes, routerOf, routesTaken } from '../../../src/routers/index.ts';
import { eventually, getJson, kubectl, lab } from '../../support/lab/cluster.ts';
import { readIntent } from '../../support/read-intent.ts';
import { expectShare } from '../../support/statistics.ts';
import { ask, COOKIE, FIXTURES, type Fixture } from './contract-fixtures.ts';

/** Time for Envoy to follow a write; measured at under 20 ms, and istiod collects writes for 100 ms. */
const FOLLOWED_MS = 400;
/** The cookie's value is the rollout. */
const keep = (rollout: string) => ({ phase: 'keep', value: rollout }) as const;
const expire = (rollout: string) => ({ phase: 'expire', value: rollout }) as const;

interface Stored {
  metadata: { annotations?: Record<string, string> };
  spec: unknown;
}

const fixtures = new Map<string, Fixture>();

// all at once: most of it is waiting for pods
beforeAll(async () => {
  await Promise.all(FIXTURES.map(async ({ kind, create }) => fixtures.set(kind, await create())));
}, 60_000);

afterAll(async () => {
  await Promise.all([...fixtures.values()].map(({ app }) => app.remove()));
});

describe.each(FIXTURES)('$kind', ({ kind, users }) => {
  const { affinity, mirror, observed } = routerOf({ kind }).can(kind);
  let fixture: Fixture;
  let client: ClusterConnection;
  let plan: Plan;
  let found: RouteFound;
  let before: Stored;
  let rollout: string;
  let seq = 0;

  beforeAll(async () => {
    fixture = fixtures.get(kind) as Fixture;
    plan = fixture.plan;
    rollout = `${plan.name}-1`;
    client = connect({ kubeconfig: lab.productKubeconfig });
    before = await stored();
    const inspection = await inspectRoutes(client, plan, fixture.labels);
    expect(inspection).toMatchObject({ problems: [], intent: AT_REST });
    found = inspection.found;
  }, 60_000);

  afterAll(async () => {
    await client?.close();
  });

  const routeOf = (of: Plan) => of.traffic.routes[0] as RouteRef;
  const stored = () => getJson<Stored>(plan.namespace, kind, routeOf(plan).name);

  function write(intent: RouteIntent, expected?: RouteIntent, more: { fence?: Fence; plan?: Plan } = {}) {
    seq += 1;
    const target = { plan, cluster: 'lab', clusterUid: 'uid', rollout, epoch: 1, fence: { epoch: 1, seq } };
    const canary = { replicas: 1, proven: false };
    const input: RouteInput = { ...target, intent, expected, found, canary, ...more };
    return applyIntent(client, input);
  }

  /** Written, and obeyed by the proxy. */
  async function set(intent: RouteIntent): Promise<void> {
    expect(await write(intent)).toMatchObject({ kind: 'written' });
    await sleep(FOLLOWED_MS);
  }

  it('every intent is written, read back and taken, and at rest the route is what it was', async () => {
    const kept = [
      withAffinity(weighted(30), keep(rollout)),
      withAffinity(weighted(100), keep(rollout)),
      withAffinity(AT_REST, expire(rollout)),
    ];
    const copies = mirror === 'none' ? [] : [mirrored(100), mirrored(25)];
    const plain = [...copies, weighted(1), weighted(50), weighted(100)];
    let last: RouteIntent = AT_REST;
    for (const intent of [...plain, ...(affinity ? kept : []), AT_REST]) {
      expect(await write(intent, last), JSON.stringify(intent)).toMatchObject({ kind: 'written' });
      expect(await readIntent(client, plan, intent)).toEqual(intent);
      // a status was waited for by the write; endpoints follow a moment later
      const isTaken = async () => (await routesTaken(client, plan)).kind === 'taken' || undefined;
      if (observed === 'endpoints') await eventually(isTaken, `taken: ${JSON.stringify(intent)}`, 10_000);
      else expect(await routesTaken(client, plan)).toEqual({ kind: observed === 'status' ? 'taken' : 'unknown' });
      last = intent;
    }
    expect((await stored()).spec).toEqual(before.spec);
  });

  it('a late write is refused, and the same one again is no second', async () => {
    const fence = { epoch: 1, seq: seq + 10 };
    await write(weighted(20), AT_REST, { fence });
    const { metadata } = await stored();
    expect(await write(weighted(20), AT_REST, { fence })).toMatchObject({ kind: 'written' });
    expect((await stored()).metadata).toEqual(metadata);
    await expect(write(weighted(100))).rejects.toThrow(/carries a newer write/);
    expect(await readIntent(client, plan, weighted(20))).toEqual(weighted(20));
    seq = fence.seq;
  });

  it("somebody else's change is named with its author and left alone; an abort overwrites it", async () => {
    const edit = ['patch', kind, routeOf(plan).name, '--type=json', '-p', JSON.stringify(fixture.edit)];
    await kubectl('-n', plan.namespace, ...edit, '--field-manager=mo-edits');
    const theirs = await stored();
    const answer = await write(weighted(40), weighted(20));
    expect(answer).toEqual({ kind: 'drift', sentence: expect.stringContaining(`${kind} ${plan.namespace}/`) });
    expect(answer).toMatchObject({
      sentence: expect.stringContaining(
        `${fixture.edited}, where Sluice expects primary 80 %, canary 20 %; last changed by mo-edits at 20`,
      ),
    });
    expect((await stored()).spec).toEqual(theirs.spec);
    await write(AT_REST);
    expect((await stored()).spec).toEqual(before.spec);
  });

  it('a route that is not there is said to be missing, before and while', async () => {
    const traffic = { ...plan.traffic, routes: [{ kind, name: 'nope', namespace: plan.namespace }] };
    const lost = { ...plan, traffic };
    const sentence = `${kind} ${plan.namespace}/nope does not exist any more`;
    expect(await write(weighted(20), AT_REST, { plan: lost })).toEqual({ kind: 'missing', sentence });
    const { problems } = await inspectRoutes(client, lost, fixture.labels);
    expect(problems).toMatchObject([{ where: `${kind} ${plan.namespace}/nope`, problem: 'does not exist' }]);
  });

  if (observed === 'status')
    it('what the implementation will not do is said in its words', async () => {
      const lost = { ...plan, traffic: { ...plan.traffic, canary: { host: 'nope', port: 9080 } } };
      for (const intent of [weighted(20), mirrored(100)]) {
        expect(await write(intent, undefined, { plan: lost })).toEqual({
          kind: 'notTaken',
          sentence: expect.stringMatching(
            /Gateway istio-ingress\/gateway-api says ResolvedRefs False, BackendNotFound: .*nope/,
          ),
        });
        await write(AT_REST, undefined, { plan: lost });
      }
      expect((await stored()).spec).toEqual(before.spec);
    });

  // the programs of the lab speak no gRPC
  if (users) {
    it('users get the weights that were written', async () => {
      for (const weight of [20, 60]) {
        await set(weighted(weight));
        await expectShare(`${kind} weight ${weight}`, weight / 100, async () => {
          const answers = await ask(fixture.app, 1_000);
          expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
          return { hits: answers.filter(({ version }) => version === 'v2').length, of: answers.length };
        });
      }
    });

    it('requests are copied by percent, and users see nothing of it', async () => {
      for (const percent of [100, 25]) {
        await set(mirrored(percent));
        await expectShare(`${kind} mirror ${percent}, copies`, percent / 100, async () => {
          const answers = await ask(fixture.app, 1_000);
          expect(answers.filter(({ version }) => version !== 'v1')).toEqual([]);
          await sleep(300);
          const ids = new Set(answers.map(({ id }) => id));
          const copies = fixture.app.requests(plan.workload.canary).filter(({ id }) => ids.has(id ?? ''));
          return { hits: copies.length, of: answers.length };
        });
      }
    });

    it('whoever met the canary stays on it, and leaves it without the cookie', async () => {
      await set(withAffinity(weighted(40), keep(rollout)));
      let fresh: Awaited<ReturnType<typeof ask>> = [];
      const meeting = () => fresh.filter(({ version }) => version === 'v2');
      await expectShare(`${kind} affinity 40, met the canary`, 0.4, async () => {
        fresh = await ask(fixture.app, 1_000);
        return { hits: meeting().length, of: fresh.length };
      });
      const met = meeting();
      const cookie = `${COOKIE.cookie}=${rollout}`;
      const marked = `${cookie}; Max-Age=600; Path=/; HttpOnly`;
      expect(met.filter(({ cookies }) => cookies.join() !== marked)).toEqual([]);
      expect(fresh.filter(({ version, cookies }) => version === 'v1' && cookies.length > 0)).toEqual([]);
      const back = await ask(fixture.app, 200, { cookie: `a=b; ${cookie}; z=1` });
      expect(back.filter(({ version }) => version !== 'v2')).toEqual([]);
      const others = await ask(fixture.app, 300, { cookie: `x${cookie}; ${COOKIE.cookie}=${rollout}1` });
      expect(others.filter(({ version }) => version === 'v1').length).toBeGreaterThan(100);
      console.info(
        `${kind} affinity 40: ${met.length} of ${fresh.length} met the canary, ${back.length} of 200 stayed`,
      );

      await set(withAffinity(AT_REST, expire(rollout)));
      const leaving = await ask(fixture.app, 50, { cookie });
      expect(leaving.filter(({ version }) => version !== 'v1')).toEqual([]);
      expect(new Set(leaving.map(({ cookies }) => cookies.join()))).toEqual(
        new Set([`${cookie}; Max-Age=-1; Path=/; HttpOnly`]),
      );
      expect(
        (await ask(fixture.app, 50)).filter(({ version, cookies }) => version !== 'v1' || cookies.length > 0),
      ).toEqual([]);
    });
  }

  it('ends as it began, apart from our annotations', async () => {
    await set(AT_REST);
    const after = await stored();
    expect(after.spec).toEqual(before.spec);
    const own = Object.keys(after.metadata.annotations ?? {}).filter((key) => key.includes('sluice.dev/'));
    expect(own.sort()).toEqual([`fence.sluice.dev/${plan.name}`, 'sluice.dev/owner']);
    for (const key of own) delete after.metadata.annotations?.[key];
    expect(after.metadata.annotations ?? {}).toEqual(before.metadata.annotations ?? {});
  });
});
