/** One message per rollout, end to end: a real server and worker, and a Slack that refuses what Slack refuses. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handOverBegin } from '../../src/activities/hand-over-news.ts';
import { noticesWorkflowId } from '../../src/contract/ids.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { untold } from '../../src/steering/index.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { CHANNEL, ScriptedSlack, type SlackPost } from '../support/slack/scripted-slack.ts';
import { type Served, serve } from './support/served.ts';

const PEOPLE = `people:
  - { name: ann, slack: [{ team: T1, user: U1 }], may: [{ verbs: ["*"], plans: ["*/*"] }] }
  - { name: bob, slack: [{ team: T1, user: U2 }], may: [{ verbs: [view], plans: ["demo/*"] }] }
`;
const SLACK = { notify: [{ slack: { target: 'releases' } }] };

let slack: ScriptedSlack;
let served: Served;

beforeEach(async () => {
  slack = await new ScriptedSlack().open();
  process.env.SCRIPTED_SLACK_TOKEN = slack.token;
  const targets = `notificationTargets: [{ name: releases, plans: [demo/*], slack: { channel: ${CHANNEL}, token: { env: SCRIPTED_SLACK_TOKEN }, address: "${slack.api}" } }]\n`;
  served = await serve(PEOPLE + targets, { slackSecret: slack.secret, slackAnswerOrigins: [slack.origin] }, true);
});

afterEach(async () => {
  await served.close();
  slack.close();
});

/** As a delivery does. */
async function begin(plan: Plan): Promise<void> {
  await served.harness.offer(offerFor(plan));
  const { cluster, client, queue } = served.harness;
  await handOverBegin(client, queue, { cluster, namespace: plan.namespace, plan: plan.name, notify: plan.notify });
}

async function running(name: string, changes: Partial<Plan> = {}): Promise<Plan> {
  const plan = planFor(name, { mirror: undefined, ...SLACK, ...changes });
  served.world.stuck.add('checkInterval live');
  await begin(plan);
  await served.harness.until(plan, ({ route }) => route.canary === 20);
  return plan;
}

/** Its only message. */
async function card(shows: RegExp): Promise<SlackPost> {
  await expect
    .poll(() => slack.cards.map(({ text }) => text), { timeout: 15_000 })
    .toEqual([expect.stringMatching(shows)]);
  return slack.cards[0] as SlackPost;
}

function thread(message: SlackPost): string {
  return slack
    .repliesTo(message)
    .map(({ text }) => text)
    .join('\n');
}

async function told({ namespace, name }: Plan): Promise<unknown> {
  return served.harness.client.workflow.getHandle(noticesWorkflowId(served.harness.cluster, namespace, name)).result();
}

test('a rollout is one message from its beginning to its end, and what happens stands in its thread', async () => {
  const plan = planFor('shown', SLACK);
  await begin(plan);
  await served.harness.handle(plan).result();
  expect(await told(plan)).toEqual([]);
  const message = await card(/^Promoted: shown /);
  expect(slack.buttons(message)).toEqual([]);
  expect(thread(message)).toContain('Promoted: shown runs');
  expect(slack.repliesTo(message).some(({ broadcast }) => broadcast)).toBe(true);
  expect(slack.refused).toEqual([]);
});

test('it follows what people do by other ways', async () => {
  const plan = await running('followed');
  const message = await card(/^Running: followed /);
  await served.harness.act(plan, 'pause', { reason: 'a <look> & see' });
  await card(/^Paused: followed /);
  expect(message.updates).toBeGreaterThan(0);
  await expect.poll(() => thread(message)).toContain('a &lt;look&gt; &amp; see');
  await served.harness.act(plan, 'abort');
  await served.harness.handle(plan).result();
  await card(/^Aborted: followed /);
  expect(slack.refused).toEqual([]);
});

test('Slack that is away holds up nothing, and is told in order when it is back', async () => {
  slack.state = 'away';
  const plan = planFor('away', SLACK);
  await begin(plan);
  const view = await served.harness.handle(plan).result();
  expect(view.outcome.kind).toBe('promoted');
  await expect
    .poll(() => untold(served.harness.client, view))
    .toEqual([expect.stringMatching(/Slack cannot be reached/)]);
  slack.state = 'well';
  await card(/^Promoted: away /);
  expect(await told(plan)).toEqual([]);
});

test('a limit is obeyed, and a lost answer makes no second message', async () => {
  slack.state = 'deaf';
  const plan = await running('deaf');
  await expect.poll(() => slack.cards.length).toBe(1);
  slack.state = 'well';
  slack.limit = { calls: 1, seconds: 4 };
  await expect.poll(() => slack.limit.calls, { timeout: 15_000 }).toBe(0);
  const { calls } = slack;
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect(slack.calls).toBe(calls);
  await served.harness.act(plan, 'abort');
  await served.harness.handle(plan).result();
  await card(/^Aborted: deaf /);
  expect(await told(plan)).toEqual([]);
  expect(slack.cards).toHaveLength(1);
});
