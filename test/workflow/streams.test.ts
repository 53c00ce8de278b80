/** What pages are told while they watch, and what that costs Temporal; by a real server. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from '@temporalio/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newToken } from '../../src/authority/index.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { MOST_OF_A_PERSON } from '../../src/server/live/live.ts';
import { temporalConfig } from '../../src/temporal/config.ts';
import { EventSource } from '../support/event-source.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { temporalAddress } from '../support/workflow/harness.ts';
import { type Served, serve } from './support/served.ts';

const LATER = '2999-01-01T00:00:00Z';
const [ann, bob] = [newToken(), newToken()];
const person = (name: string, { sha256 }: { sha256: string }, may: string) =>
  `  - { name: ${name}, tokens: [{ sha256: ${sha256}, expires: "${LATER}" }], may: [${may}] }\n`;
const ANN = person('ann', ann, '{ verbs: ["*"], plans: ["*/*"] }');
const PEOPLE = `people:\n${ANN}${person('bob', bob, '{ verbs: [view], plans: ["demo/own-*"] }')}`;

const NEAR = { timeout: 20_000, interval: 50 };

let served: Served;
let opened: EventSource[] = [];
/** Calls of the server, by method, and how many of them wait. */
let asked: string[] = [];
let waiting = 0;
let mostWaiting = 0;
beforeEach(async () => {
  asked = [];
  [waiting, mostWaiting] = [0, 0];
  const { options, ...temporal } = temporalConfig({ address: temporalAddress() });
  served = await serve(PEOPLE, {
    temporal: { ...temporal, options: { ...options, interceptors: [counting] } as object },
  });
});
afterEach(async () => {
  for (const one of opened) one.close();
  opened = [];
  await served.close();
});

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
/** Of gRPC, so that what the client does by itself is counted as well. */
const counting: Interceptor = (options, next) => {
  const method = options.method_definition.path.split('/').at(-1) ?? '';
  const isPoll = method === 'GetWorkflowExecutionHistory';
  // biome-ignore lint/suspicious/noExplicitAny: its types are not of a package of ours
  const call: any = next(options);
  const start = call.start.bind(call);
  call.start = (metadata: unknown, listener: { onReceiveStatus?(status: unknown): void }) => {
    asked.push(method);
    if (isPoll) mostWaiting = Math.max(mostWaiting, ++waiting);
    const onReceiveStatus = (status: unknown) => {
      if (isPoll) waiting -= 1;
      listener.onReceiveStatus?.(status);
    };
    start(metadata, { ...listener, onReceiveStatus });
  };
  return call;
};

async function watch(path: string, { token }: { token: string }, last?: string): Promise<EventSource> {
  const headers = { authorization: `Bearer ${token}`, ...(last !== undefined && { 'last-event-id': last }) };
  const source = await EventSource.open(`${served.url}/api/v1/rollouts${path}`, headers);
  opened.push(source);
  return source;
}

/** Methods of Temporal that the server calls from now on. */
async function askedWithin(ms: number): Promise<string[]> {
  asked = [];
  await sleep(ms);
  return asked;
}

const eventsOf = (plan: Plan) => `/${served.harness.cluster}/${plan.namespace}/${plan.name}/events`;

test('a page is told at once, and goes on where it was broken off', async () => {
  const plan = await served.running('told');
  const page = await watch(eventsOf(plan), ann);
  await expect.poll(() => page.last?.data.route?.canary, NEAR).toBe(20);
  await served.harness.act(plan, 'pause', { reason: 'look' });
  await expect.poll(() => page.of('rollout').at(-1)?.data.paused?.reason, NEAR).toBe('look');
  const { id } = page.of('rollout').at(-1) ?? {};
  page.close();
  const again = await watch(eventsOf(plan), ann, id);
  const late = await watch(eventsOf(plan), ann, 'something else');
  await expect.poll(() => late.of('rollout').length, NEAR).toBe(1);
  await sleep(1_000);
  expect(again.of('rollout')).toEqual([]);
  await served.harness.act(plan, 'abort', { reason: 'enough' });
  await expect.poll(() => again.of('rollout').at(-1)?.data.outcome?.kind, NEAR).toBe('aborted');
  // the next one of the plan follows on the same page
  served.world.stuck.delete('checkInterval live');
  await served.harness.handle(plan).result();
  await served.offer(offerFor(plan, 'reviews:v3'));
  await expect.poll(() => again.of('rollout').at(-1)?.data.rollout, NEAR).toBe('told-2');
});

test('however many watch, one asks; and nobody when nobody does', async () => {
  const plan = await served.running('shared');
  const pages = await Promise.all(Array.from({ length: 10 }, () => watch(eventsOf(plan), ann)));
  const lists = await Promise.all(Array.from({ length: 5 }, () => watch('/events', ann)));
  await expect.poll(() => [...pages, ...lists].every(({ heard }) => heard.length > 0), NEAR).toBe(true);
  expect(mostWaiting).toBe(1);
  // the rollout's last decision may be heard of late
  await expect.poll(async () => (await askedWithin(1_000)).includes('QueryWorkflow'), NEAR).toBe(false);
  await askedWithin(7_000);
  expect(asked.filter((method) => method === 'ListWorkflowExecutions').length).toBeLessThanOrEqual(3);
  // nothing happened, so nothing was looked at
  expect(asked.filter((method) => method === 'QueryWorkflow')).toEqual([]);
  for (const one of [...pages, ...lists]) one.close();
  await sleep(500);
  expect([await askedWithin(4_000), waiting]).toEqual([[], 0]);
});

test('nobody is told of what they may not view, and no longer than they may', async () => {
  const plan = await served.running('theirs');
  const own = planFor('own-one', { mirror: undefined });
  await served.offer(offerFor(own));
  expect((await watch(eventsOf(plan), bob)).status).toBe(403);
  expect((await watch('/nowhere/demo/own-none/events', bob)).status).toBe(404);
  expect((await watch('/events', newToken())).status).toBe(401);
  const [all, few] = [await watch('/events', ann), await watch('/events', bob)];
  const names = (page: EventSource) =>
    page.last?.data.rollouts
      .filter((one: { cluster: string }) => one.cluster === served.harness.cluster)
      .map((one: { plan: string }) => one.plan);
  await expect.poll(() => names(all), NEAR).toEqual(expect.arrayContaining(['theirs', 'own-one']));
  await expect.poll(() => names(few), NEAR).toEqual(['own-one']);
  expect(few.heard.flatMap(({ data }) => data.rollouts.map((one: { plan: string }) => one.plan))).not.toContain(
    'theirs',
  );
  const page = await watch(eventsOf(plan), ann);
  await expect.poll(() => page.heard.length, NEAR).toBeGreaterThan(0);
  served.install(`people:\n${ANN.replace('["*/*"]', '["demo/own-*"]')}`);
  await served.harness.act(plan, 'pause');
  await expect.poll(() => [page.isOver, few.isOver], NEAR).toEqual([true, true]);
  expect(page.of('rollout').some(({ data }) => data.paused)).toBe(false);
});

test('a person has so many streams and no more, and an end of the server ends all of them', async () => {
  const plan = await served.running('many');
  const pages = await Promise.all(Array.from({ length: MOST_OF_A_PERSON }, () => watch(eventsOf(plan), ann)));
  expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([200]));
  const more = await watch('/events', ann);
  expect(more.status).toBe(429);
  pages[0]?.close();
  await expect.poll(async () => (await watch('/events', ann)).status, NEAR).toBe(200);
  const begun = performance.now();
  await served.server.close();
  expect(performance.now() - begun).toBeLessThan(5_000);
  await expect.poll(() => pages.every(({ isOver }) => isOver), NEAR).toBe(true);
});

test('a workflow that is gone is said to be', async () => {
  const plan = await served.running('gone');
  const page = await watch(eventsOf(plan), ann);
  await expect.poll(() => page.heard.length, NEAR).toBeGreaterThan(0);
  await served.harness.handle(plan).terminate('by accident');
  await expect
    .poll(() => page.of('rollout').at(-1)?.data.run, NEAR)
    .toMatchObject({
      status: 'lost',
      trouble: expect.stringContaining('by accident'),
    });
});
