/** One message per rollout, end to end: a real server and worker, and a Slack that refuses what Slack refuses. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

const targets = `notificationTargets: [{ name: releases, plans: [demo/*], slack: { channel: ${CHANNEL}, token: { env: SCRIPTED_SLACK_TOKEN } } }]\n`;

let slack: ScriptedSlack;
let served: Served;

beforeEach(async () => {
  slack = await new ScriptedSlack().open();
  process.env.SCRIPTED_SLACK_TOKEN = slack.token;
  const app = `slack: { address: "${slack.api}" }\n`;
  served = await serve(PEOPLE + targets + app, { slackSecret: slack.secret, slackAnswerOrigins: [slack.origin] }, true);
});

afterEach(async () => {
  await served.close();
  slack.close();
});

/** As a delivery does. */
async function begin(plan: Plan): Promise<void> {
  await served.offer(offerFor(plan));
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
  slack.limit = { calls: 1, seconds: 9 };
  await expect.poll(() => slack.limit.calls, { timeout: 15_000 }).toBe(0);
  const { calls } = slack;
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  expect(slack.calls).toBe(calls);
  await served.harness.act(plan, 'abort');
  await served.harness.handle(plan).result();
  await card(/^Aborted: deaf /);
  expect(await told(plan)).toEqual([]);
  expect(slack.cards).toHaveLength(1);
});

describe('a button', () => {
  const press = (message: SlackPost, what: string, user = 'U1') =>
    slack.send(interactions(), slack.pressed(message, slack.button(message, what), user));
  const interactions = () => `${served.url}/slack/interactions`;
  const answers = () => slack.answers.map(({ text }) => text);

  test('pauses, approves and aborts; the reason is asked for afterwards, in the thread', async () => {
    const approvals = [{ before: 40 as const, from: [], count: 1, notInitiator: true, onExpiry: 'hold' as const }];
    const plan = planFor('pressed', { mirror: undefined, ...SLACK, approvals });
    await begin(plan);
    await served.harness.until(plan, ({ state }) => state === 'needs-you');
    const message = await card(/^Needs you: pressed /);
    const { ms } = await press(message, 'approve:approve');
    expect(ms).toBeLessThan(3_000);
    expect(answers()).toEqual([expect.stringMatching(/^ann: approve demo\/pressed\. Approved: it goes on to 40 %/)]);
    served.world.stuck.add('checkInterval live');
    await card(/^Running: pressed /);
    await press(message, 'pause:pause');
    await card(/^Paused: pressed /);
    expect(slack.button(message, 'abort:abort').confirm).toMatchObject({ title: { text: 'Abort pressed?' } });
    await press(message, 'abort:abort');
    const asked = slack.answers.at(-1);
    expect(asked).toMatchObject({ response_type: 'in_channel', thread_ts: message.ts, replace_original: false });
    const [, input] = (asked?.blocks ?? []) as { block_id: string; element: { action_id: string } }[];
    const typed = { action_id: input?.element.action_id ?? '', value: 'p99 <doubled>', block_id: input?.block_id };
    await slack.send(interactions(), slack.pressed(message, typed, 'U1', { actions: [typed] }));
    expect(slack.answers.at(-1)).toMatchObject({
      replace_original: true,
      text: expect.stringContaining('p99 &lt;doubled&gt;'),
    });
    const view = await served.harness.handle(plan).result();
    expect(view.outcome?.reason).toBe('Aborted by ann · slack.');
    await card(/^Aborted: pressed /);
    expect(slack.buttons(message)).toEqual([]);
    expect(slack.refused).toEqual([]);
  });

  test('of a question, an approval or a rollout that is over is refused with what is true now', async () => {
    const plan = planFor('stale', SLACK);
    served.world.refused.add('scaleCanary');
    await begin(plan);
    await served.harness.until(plan, ({ state }) => state === 'needs-you');
    const message = await card(/^Needs you: stale /);
    const old = slack.button(message, 'answer:retry');
    await slack.send(interactions(), slack.pressed(message, old));
    await expect.poll(async () => (await served.harness.view(plan)).questions[0]?.id).toMatch(/2$/);
    await slack.send(interactions(), slack.pressed(message, old));
    expect(answers().at(-1)).toMatch(
      /refused: the question .*1 is not open any more\nOpen questions: .*2\.\nNow: Needs you/,
    );
    const other = JSON.stringify({ ...JSON.parse(old.value ?? ''), rollout: 'stale-99', question: undefined });
    await slack.send(interactions(), slack.pressed(message, { action_id: 'abort:abort', value: other }));
    expect(answers().at(-1)).toMatch(/refused: it was meant for stale-99, but stale-\d+ runs/);
    await served.harness.act(plan, 'abort');
    await served.harness.handle(plan).result();
    await slack.send(interactions(), slack.pressed(message, { ...old, action_id: 'abort:abort' }));
    expect(answers().at(-1)).toMatch(/refused: the rollout is over: Aborted by/);
  });

  test('approves or rejects nothing after the approval that it was for: not the next one, and not the rollout', async () => {
    const gate = { from: [], count: 1, notInitiator: true, onExpiry: 'hold' as const };
    const approvals = [
      { ...gate, before: 40 as const },
      { ...gate, before: 60 as const },
    ];
    const plan = planFor('late', { mirror: undefined, ...SLACK, approvals });
    await begin(plan);
    await served.harness.until(plan, ({ state }) => state === 'needs-you');
    const message = await card(/^Needs you: late /);
    const [approve, reject] = ['approve:approve', 'reject:reject'].map((what) => slack.button(message, what));
    await press(message, 'approve:approve');
    await served.harness.until(plan, ({ questions, route }) => route.canary === 40 && questions.length === 1);
    for (const late of [approve, reject]) {
      await slack.send(interactions(), slack.pressed(message, late as NonNullable<typeof late>));
      expect(answers().at(-1)).toMatch(
        /refused: the question .*40 % of the users\/1 is not open any more\nOpen questions: .*60 % of the users\/1\.\nNow: Needs you/,
      );
    }
    const { questions, route, outcome } = await served.harness.view(plan);
    expect({ approved: questions[0]?.gate?.approved, canary: route.canary, outcome }).toEqual({
      approved: [],
      canary: 40,
    });
    await served.harness.act(plan, 'abort');
    await served.harness.handle(plan).result();
    for (const late of [approve, reject]) {
      await slack.send(interactions(), slack.pressed(message, late as NonNullable<typeof late>));
      expect(answers().at(-1)).toMatch(/refused: the rollout is over: Aborted by/);
    }
  });

  test('of somebody without the right says which one; who they are is read anew, and is no name', async () => {
    const plan = await running('rights');
    const message = await card(/^Running: rights /);
    await press(message, 'abort:abort', 'U2');
    expect(answers().at(-1)).toMatch(/^You may not abort demo\/rights: bob lacks the right abort for it/);
    await press(message, 'abort:abort', 'U9');
    expect(answers().at(-1)).toMatch(/your ids of Slack are those of nobody there/);
    const { user: _user, ...pressed } = slack.pressed(message, slack.button(message, 'abort:abort'));
    await slack.send(interactions(), { ...pressed, user: { id: 'U1', team_id: 'T2', name: 'ann' } });
    expect(answers().at(-1)).toMatch(/your ids of Slack are those of nobody there/);
    expect((await slack.send(interactions(), { ...pressed, user: { id: 'U1' } }, { secret: 'forged' })).status).toBe(
      401,
    );
    expect((await slack.send(interactions(), { ...pressed, user: { id: 'U1' } }, { age: 301 })).status).toBe(401);
    expect((await served.harness.view(plan)).actions).toEqual([]);
    const twice = slack.pressed(message, slack.button(message, 'pause:pause'));
    await slack.send(interactions(), twice);
    await slack.send(interactions(), twice);
    expect((await served.harness.view(plan)).actions).toHaveLength(1);
    await served.harness.act(plan, 'abort');
    await served.harness.handle(plan).result();
  });
});

test('the same by a socket, which is opened again when it is lost', async () => {
  await served.close();
  const app = `slack: { address: "${slack.api}", appToken: { env: SCRIPTED_SLACK_APP_TOKEN } }\n`;
  process.env.SCRIPTED_SLACK_APP_TOKEN = slack.appToken;
  served = await serve(PEOPLE + targets + app, { slackAnswerOrigins: [slack.origin] }, true);
  const plan = await running('socket');
  const message = await card(/^Running: socket /);
  await expect.poll(() => slack.socket !== undefined).toBe(true);
  const command = { command: '/sluice', team_id: 'T1', user_id: 'U1', trigger_id: '1.2', text: 'status demo/socket' };
  expect((await slack.emit('slash_commands', command)).payload.text).toMatch(/^Running: socket /);
  await slack.emit('interactive', slack.pressed(message, slack.button(message, 'pause:pause')));
  expect(slack.answers.at(-1)?.text).toMatch(/^ann: pause demo\/socket\. Paused/);
  const first = slack.socket;
  first?.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
  await expect.poll(() => slack.socket !== undefined && slack.socket !== first, { timeout: 10_000 }).toBe(true);
  await slack.emit('interactive', slack.pressed(message, slack.button(message, 'abort:abort'), 'U2'));
  expect(slack.answers.at(-1)?.text).toMatch(/^You may not abort/);
  await slack.emit('interactive', { type: 'block_actions', actions: 7 }).catch(() => undefined);
  await slack.emit('interactive', slack.pressed(message, slack.button(message, 'abort:abort')));
  await served.harness.handle(plan).result();
  await card(/^Aborted: socket /);
});
