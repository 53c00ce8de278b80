/** What a rollout hands over reaches people, on a real server: in order, whoever ends when. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { handOverNews } from '../../src/activities/hand-over-news.ts';
import { auditFile, findAudit } from '../../src/audit/index.ts';
import { noticesWorkflowId } from '../../src/contract/ids.ts';
import { type News, type NotifyInput, type NotifyResult, noticeView } from '../../src/contract/notice.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { untold } from '../../src/steering/index.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { promotedView } from '../support/views.ts';
import { type Harness, startHarness, temporalAddress } from '../support/workflow/harness.ts';
import { FakeWorld } from '../support/workflow/world.ts';

const NEWS_AT_THE_END = 60;

let harness: Harness;
let client: Client;
let queue = '';
const world = new FakeWorld();
const told: NotifyInput[] = [];
/** Status of objects. */
const shown: NotifyInput[] = [];
let away = false;

async function notify(input: NotifyInput): Promise<NotifyResult> {
  const { to } = input;
  if (away)
    return { told: [], refused: [], later: to.map((one) => ({ to: one, reason: 'it is away', perhaps: false })) };
  told.push(input);
  return { told: to, refused: [], later: [] };
}

beforeAll(async () => {
  client = new Client({ connection: await Connection.connect({ address: temporalAddress() }) });
  const control = () => ({
    ...world.control(),
    handOverNews: (news: News) => handOverNews(client, queue, news, Context.current().info),
    notify,
  });
  const cluster = () => ({
    ...world.cluster(),
    showStatus: async (input: NotifyInput): Promise<NotifyResult> => {
      shown.push(input);
      return { told: input.to, refused: [], later: [], over: true };
    },
  });
  harness = await startHarness({ cluster, waits: () => world.waits(), control });
  queue = harness.queue;
});

beforeEach(() => {
  told.length = 0;
  shown.length = 0;
  away = false;
});

afterAll(async () => {
  await harness.close();
  await client.connection.close();
});

function notices({ namespace, name }: Plan) {
  return client.workflow.getHandle(noticesWorkflowId(harness.cluster, namespace, name));
}

function topics(): string[] {
  return told.flatMap((input) => input.notices.map(({ topic }) => topic));
}

test('a question, who has seen it, who answered it, and the end', async () => {
  world.refused.add('scaleCanary');
  const plan = planFor('told');
  await harness.offer(offerFor(plan));
  const { needsYou } = await harness.until(plan, ({ state }) => state === 'needs-you');
  await expect.poll(topics).toEqual(['needs-you']);
  const actor = { name: 'ann', channel: 'cli', statement: 'good' };
  await harness.act(plan, 'acknowledge', { question: needsYou?.id, actor });
  await expect.poll(topics).toEqual(['needs-you', 'acknowledged']);
  world.refused.clear();
  await harness.answer(plan);
  const view = await harness.handle(plan).result();
  expect(view).toMatchObject({ outcome: { kind: 'promoted' }, warnings: [] });
  expect(view.steps.at(-1)).toMatchObject({ name: 'report', note: 'handed over for 1 recipient' });
  expect(await notices(plan).result()).toEqual([]);
  expect(topics()).toEqual(['needs-you', 'acknowledged', 'closed', 'ended']);
  expect(told[2]?.notices[0]).toMatchObject({ sentence: 'mo · cli answered retry', asked: needsYou?.reason });
  const { runs } = await findAudit(client, harness.handle(plan).workflowId);
  const { outcome } = auditFile(runs, { sluice: '0.0.0', bundle: '' }).told;
  expect(outcome).toMatchObject({ kind: 'promoted', told: true, head: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(told.at(-1)?.notices[0]?.head).toBe(outcome?.head);
});

test('whom nobody can tell is shown, and a rollout does not wait for it', async () => {
  away = true;
  const plan = planFor('untold');
  await harness.offer(offerFor(plan));
  const view = await harness.handle(plan).result();
  expect(view.outcome.kind).toBe('promoted');
  await expect
    .poll(() => untold(client, view))
    .toEqual([expect.stringMatching(/^Nobody could be told since .*Z: it is away; 1 message tried until .*Z\.$/)]);
  away = false;
  await expect.poll(topics).toEqual(['ended']);
  expect(await untold(client, view)).toEqual([]);
  expect(await untold(client, { ...view, plan: 'never' })).toEqual([]);
});

test('news that come when the notices end are not lost', async () => {
  const plan = planFor('end');
  const runs = new Set<string>();
  const tell = async (i: number) => {
    const view = { ...promotedView(), plan: plan.name, cluster: harness.cluster, rollout: `end-${i}` };
    const news = { notify: plan.notify, againMs: 60_000, view: noticeView(view, true), closed: [], ended: true };
    await handOverNews(client, queue, { ...news, at: i }, { activityId: '' });
    runs.add((await notices(plan).describe()).runId);
    // the next comes when this one was told, which is when the workflow is about to end, or a little later
    await expect.poll(() => told.length, { interval: 1 }).toBe(i);
  };
  await tell(1);
  const toldAt = Date.now();
  await notices(plan).result();
  const endingMs = Math.max(20, Date.now() - toldAt);
  for (let i = 2; i <= NEWS_AT_THE_END; i += 1) {
    await tell(i);
    await sleep(((i * 7) % 40) * (endingMs / 8));
  }
  const all = Array.from({ length: NEWS_AT_THE_END }, (_, i) => `end-${i + 1}`);
  await expect.poll(() => told.flatMap((input) => input.notices.map(({ rollout }) => rollout))).toEqual(all);
  expect(runs.size).toBeGreaterThan(2);
  console.log(`${NEWS_AT_THE_END} news in ${runs.size} runs, each ended ${endingMs} ms after it had told`);
});

test('a plan that is an object has its status written by a worker of its cluster, one from a file has none', async () => {
  const object = planFor('object', { notify: [] });
  const file = planFor('file', { notify: [] });
  await harness.offer({ ...offerFor(object), planFile: 'RolloutPlan demo/object, generation 7' });
  await harness.offer({ ...offerFor(file), planFile: 'shops/file.yaml' });
  await Promise.all([object, file].map((plan) => harness.handle(plan).result()));
  await expect.poll(() => shown.length, { timeout: 20_000 }).toBeGreaterThan(0);
  await notices(object).result();
  for (const one of shown)
    expect(one).toMatchObject({
      plan: 'object',
      to: [{ channel: 'object', address: 'RolloutPlan demo/object' }],
      object: { generation: 7 },
    });
  expect(shown.flatMap((one) => one.notices.map(({ topic }) => topic))).toContain('ended');
  await expect(notices(file).describe()).rejects.toThrow();
  expect(told).toEqual([]);
});
