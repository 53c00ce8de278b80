/** A signed webhook, end to end: a real worker, and a receiver that believes the reference implementation alone. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handOverBegin } from '../../src/activities/hand-over-news.ts';
import { noticesWorkflowId } from '../../src/contract/ids.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { untold } from '../../src/steering/index.ts';
import { vouched } from '../support/authority.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { CHANNEL, ScriptedSlack } from '../support/slack/scripted-slack.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';
import { type Served, serve } from './support/served.ts';

const [OLD, NEW] = [5, 6].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`) as [string, string];
const PEOPLE = 'people:\n  - { name: ann, may: [{ verbs: ["*"], plans: ["*/*"] }] }\n';
const WEBHOOK = { notify: [{ webhook: { target: 'board' } }] };
const BOTH = { notify: [{ webhook: { target: 'board' } }, { slack: { target: 'chat' } }] };

let receiver: WebhookReceiver;
let slack: ScriptedSlack;
let served: Served;

function file(): string {
  const secrets = '[{ env: SCRIPTED_NEW_SECRET }, { env: SCRIPTED_OLD_SECRET }]';
  const token = '{ env: SCRIPTED_SLACK_TOKEN }';
  return `${PEOPLE}slack: { address: "${slack.api}" }
notificationTargets:
  - { name: board, plans: [demo/*], webhook: { address: { env: SCRIPTED_ADDRESS }, local: true, secrets: ${secrets} } }
  - { name: chat, plans: [demo/*], slack: { channel: ${CHANNEL}, token: ${token} } }
`;
}

beforeEach(async () => {
  receiver = await new WebhookReceiver(OLD).open();
  slack = await new ScriptedSlack().open();
  Object.assign(process.env, {
    SCRIPTED_ADDRESS: receiver.url,
    SCRIPTED_NEW_SECRET: NEW,
    SCRIPTED_OLD_SECRET: OLD,
    SCRIPTED_SLACK_TOKEN: slack.token,
  });
  served = await serve(file(), {}, true);
});

afterEach(async () => {
  await served.close();
  receiver.close();
  slack.close();
});

/** As a delivery does. */
async function begin(plan: Plan): Promise<void> {
  const { cluster, client, queue } = served.harness;
  const offer = offerFor(plan);
  const { rollout = '' } = await served.offer(offer);
  const offered = { delivery: offer.id, rollout, sentence: 'v2 from ci: a rollout has begun' };
  const about = { cluster, namespace: plan.namespace, plan: plan.name };
  await handOverBegin(client, queue, { ...about, notify: plan.notify, offered });
}

function told({ namespace, name }: Plan): Promise<unknown> {
  return served.harness.client.workflow.getHandle(noticesWorkflowId(served.harness.cluster, namespace, name)).result();
}

/** As ann, through a server that vouches for her. */
async function retry(plan: Plan): Promise<void> {
  const { rollout, questions } = await served.harness.view(plan);
  const about = { id: randomUUID(), verb: 'answer' as const, answer: 'retry' as const };
  const asked = { ...about, rollout, question: questions[0]?.id, actor: { name: 'ann', channel: 'api' } };
  const action = await vouched(asked, plan, served.harness.cluster, served.vouching);
  expect(await served.harness.act(plan, 'answer', action)).toMatchObject({ accepted: true });
}

/** A rollout that asks, and again as soon as it is answered. */
async function asking(name: string, notify: Pick<Plan, 'notify'> = WEBHOOK): Promise<Plan> {
  const plan = planFor(name, notify);
  served.world.refused.add('scaleCanary');
  await begin(plan);
  await served.harness.until(plan, ({ state }) => state === 'needs-you');
  return plan;
}

async function histories({ namespace, name }: Plan): Promise<string> {
  const handle = served.harness.client.workflow.getHandle(noticesWorkflowId(served.harness.cluster, namespace, name));
  const { events = [] } = await handle.fetchHistory();
  return JSON.stringify(events, (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
}

test('it is told of the beginning, of each question and of the result, once and in order', async () => {
  const plan = await asking('told');
  await expect.poll(() => receiver.topics).toEqual(['offered', 'needs-you']);
  served.world.refused.clear();
  await retry(plan);
  await served.harness.handle(plan).result();
  expect(await told(plan)).toEqual([]);
  expect(receiver.topics).toEqual(['offered', 'needs-you', 'closed', 'ended']);
  expect(receiver.arrived.at(-1)?.event).toMatchObject({
    type: 'dev.sluice.rollout.ended.v1alpha1',
    data: {
      notices: [{ audit: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      rollout: { outcome: { kind: 'promoted' } },
      questions: [],
    },
  });
  // two secrets, and a receiver that knows one of them
  expect(receiver.arrived.map(({ signatures }) => signatures.length)).toEqual([2, 2, 2, 2]);
  expect(receiver.forged).toEqual([]);
  expect(await histories(plan)).not.toMatch(/whsec_|hooks\/board|webhook-signature/);
});

test('what piled up while it was away comes as one digest, in order', async () => {
  receiver.answer = 429;
  const plan = await asking('digest');
  served.world.refused.clear();
  await retry(plan);
  const view = await served.harness.handle(plan).result();
  expect(view.outcome.kind).toBe('promoted');
  await expect
    .poll(() => untold(served.harness.client, view))
    .toEqual([expect.stringMatching(/^Nobody could be told since .*: the webhook answers 429; \d messages tried/)]);
  receiver.arrived.length = 0;
  receiver.answer = 204;
  expect(await told(plan)).toEqual([]);
  expect(receiver.arrived.map(({ event }) => event.type)).toEqual(['dev.sluice.rollout.digest.v1alpha1']);
  // a question that was over within 30 s, before anybody was told of it, is not worth a message
  const asked = ['needs-you', 'closed'];
  const rest = receiver.topics.filter((topic) => !asked.includes(topic));
  expect(rest).toEqual(['offered', 'ended']);
  expect([...rest.slice(0, 1), ...receiver.topics.filter((topic) => asked.includes(topic)), ...rest.slice(1)]).toEqual(
    receiver.topics,
  );
});

test('what may have arrived is sent again under the same id, and silence that is asked for is kept', async () => {
  receiver.answer = 'deaf';
  const plan = planFor('again', WEBHOOK);
  await begin(plan);
  await expect.poll(() => receiver.arrived.length).toBe(1);
  receiver.answer = { status: 429, headers: { 'retry-after': '9' } };
  await expect.poll(() => receiver.arrived.length, { timeout: 15_000 }).toBe(2);
  const limited = Date.now();
  receiver.answer = 204;
  await served.harness.handle(plan).result();
  expect(await told(plan)).toEqual([]);
  expect(Date.now() - limited).toBeGreaterThan(8_500);
  const [first, second, third] = receiver.arrived.map(({ id }) => id);
  expect([second, third]).toEqual([first, first]);
  expect(receiver.topics).toEqual(['offered', 'offered', 'offered', 'ended']);
});

test('one that is gone gets nothing more, and the others learn of it', async () => {
  receiver.answer = 410;
  const plan = await asking('gone', BOTH);
  const said = () => slack.messages.map(({ text }) => text).join('\n');
  await expect
    .poll(said, { timeout: 15_000 })
    .toMatch(/Board is told nothing any more: the webhook says that it is gone/);
  receiver.answer = 204;
  await served.harness.act(plan, 'abort');
  const view = await served.harness.handle(plan).result();
  await expect.poll(said, { timeout: 15_000 }).toMatch(/Aborted/);
  expect(receiver.arrived).toHaveLength(1);
  expect(await untold(served.harness.client, view)).toEqual([
    expect.stringMatching(
      /^board could not be told since .*: the webhook says that it is gone \(410\); \d messages given up/,
    ),
  ]);
});

test('a redirect is not followed, and an address of the machine is not connected to', async () => {
  const elsewhere = await new WebhookReceiver(OLD).open();
  receiver.answer = { status: 307, headers: { location: elsewhere.url } };
  const plan = planFor('moved', WEBHOOK);
  await begin(plan);
  const view = await served.harness.handle(plan).result();
  const why = async () => (await untold(served.harness.client, view)).join();
  await expect.poll(why).toContain('redirects are not followed');
  served.install(file().replace(', local: true', ''));
  await expect.poll(why, { timeout: 15_000 }).toContain('its address is of this machine');
  const { length } = receiver.arrived;
  served.install(file());
  receiver.answer = 204;
  expect(await told(plan)).toEqual([]);
  expect(receiver.arrived).toHaveLength(length + 1);
  expect(elsewhere.arrived).toEqual([]);
  elsewhere.close();
});
