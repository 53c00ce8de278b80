/** Who aborts when nobody can be asked and nobody told: server, identity provider, Slack, mail and metrics are away. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { newToken } from '../../src/authority/index.ts';
import { createProgram } from '../../src/cli/program.ts';
import { abortSignal } from '../../src/contract/messages.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { untold } from '../../src/steering/index.ts';
import { freePort } from '../support/free-port.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { type Served, serve } from './support/served.ts';

const token = newToken();
const ANN = `tokens: [{ sha256: ${token.sha256}, expires: "2999-01-01T00:00:00Z" }], may: [{ verbs: ["*"], plans: [demo/*] }]`;
const ROUNDS = 3;

let served: Served;
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await served.close();
});

/** Nobody listens at any of its addresses. */
async function nobody(): Promise<string> {
  const away = `http://127.0.0.1:${await freePort()}`;
  vi.stubEnv('TOKEN_OF_NOBODY', 'xoxb-nobody');
  return [
    `people: [{ name: ann, oidc: [{ provider: corp, subject: ann }], ${ANN} }]`,
    `identityProviders: [{ name: corp, issuer: "${away}", keys: "${away}/keys", audience: sluice }]`,
    'notificationTargets: [{ name: releases, plans: [demo/*], slack: { channel: C1, token: { env: TOKEN_OF_NOBODY } } }]',
    `slack: { address: "${away}/api/" }`,
    '',
  ].join('\n');
}

/** A rollout at 20 % whose metrics do not answer. */
async function exposed(name: string): Promise<Plan> {
  const notify = [{ email: { to: ['team@example.com'] } }, { slack: { target: 'releases' } }];
  const plan = planFor(name, { mirror: undefined, notify });
  served.world.stuck.add('checkInterval live');
  await served.offer(offerFor(plan));
  await served.harness.until(plan, ({ route }) => route.canary === 20);
  return plan;
}

/** @returns how long it takes until the rollout has ended, ms, and how */
async function ended(plan: Plan, abort: () => Promise<unknown>): Promise<{ ms: number; view: RolloutView }> {
  const begun = performance.now();
  await abort();
  const view = (await served.harness.handle(plan).result()) as RolloutView;
  return { ms: performance.now() - begun, view };
}

const median = (all: readonly number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;

async function throughServer(plan: Plan): Promise<void> {
  const path = `${served.url}/api/v1/rollouts/${served.harness.cluster}/demo/${plan.name}/actions`;
  const body = JSON.stringify({ id: randomUUID(), verb: 'abort', reason: 'errors' });
  const { status } = await fetch(path, { method: 'POST', headers: { authorization: `Bearer ${token.token}` }, body });
  expect(status).toBe(200);
}

async function byCommand(plan: Plan): Promise<void> {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const asked = [
    'abort',
    `demo/${plan.name}`,
    '--by',
    'ann',
    '--reason',
    'errors',
    '--cluster',
    served.harness.cluster,
  ];
  await createProgram().parseAsync(asked, { from: 'user' });
}

const NOBODY_TOLD = [
  /^team@example.com could not .* ECONNREFUSED/,
  /^releases could not .* Slack cannot be reached/,
].map((text) => expect.stringMatching(text));

const bySignal = (plan: Plan) => served.harness.handle(plan).signal(abortSignal, 'pager');

test('an abort needs none of them, and takes about as long as with all of them', { timeout: 240_000 }, async () => {
  const [up, down]: [number[], number[]] = [[], []];
  served = await serve(`people: [{ name: ann, ${ANN} }]\n`);
  for (let round = 0; round < ROUNDS; round += 1) {
    const plan = await exposed(`up-${round}`);
    const { ms, view } = await ended(plan, () => throughServer(plan));
    expect(view.outcome?.reason).toBe('Aborted by ann · api: errors.');
    up.push(ms);
  }
  await served.close();
  served = await serve(await nobody(), {}, true);
  await served.server.close();
  served.server.close = async () => {};
  const ways = [
    [byCommand, 'Aborted by ann · cli (unverified): errors.'],
    [bySignal, 'Aborted by temporal (unverified): pager.'],
  ] as const;
  for (const [how, reason] of ways)
    for (let round = 0; round < ROUNDS; round += 1) {
      const plan = await exposed(`${how.name.toLowerCase()}-${round}`);
      const { ms, view } = await ended(plan, () => how(plan));
      expect(view).toMatchObject({ outcome: { kind: 'aborted', reason }, route: { primary: 100, canary: 0 } });
      await expect.poll(() => untold(served.harness.client, view), { timeout: 10_000 }).toEqual(NOBODY_TOLD);
      down.push(ms);
    }
  const [withAll, without] = [median(up), median(down)].map(Math.round) as [number, number];
  console.log(`aborts: ${withAll} ms with everything, ${without} ms with nothing but Temporal and a worker`);
  // the command has to find its way first; two seconds is what an emergency may wait for its proof
  expect(without).toBeLessThan(2 * withAll + 2_000);
});
