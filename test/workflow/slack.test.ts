/** Slash commands as Slack sends them, against a real server process and a running rollout. */

import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { startHarness } from '../support/workflow/harness.ts';
import { FakeWorld } from '../support/workflow/world.ts';
import { type Served, serve } from './support/served.ts';

const SECRET = randomBytes(16).toString('hex');
const PEOPLE = `people:
  - { name: ann, slack: [{ team: T1, user: U1 }], may: [{ verbs: ["*"], plans: ["*/*"] }] }
  - { name: bob, slack: [{ team: T1, user: U2 }], may: [{ verbs: [view], plans: ["demo/*"] }] }
`;

let served: Served;
let later: Server;
let messages: { text: string }[];

beforeEach(async () => {
  messages = [];
  later = createServer(async (request, response) => {
    messages.push(JSON.parse(await text(request)));
    response.end();
  });
  await new Promise<void>((resolve) => later.listen(0, '127.0.0.1', resolve));
  served = await serve(PEOPLE, { slackSecret: SECRET, slackAnswerOrigins: [laterOrigin()] });
});

afterEach(async () => {
  later.close();
  await served.close();
});

const laterOrigin = () => `http://127.0.0.1:${(later.address() as AddressInfo).port}`;

interface Sent {
  user?: string;
  trigger?: string;
  /** Seconds by which the request is older than now. */
  age?: number;
  secret?: string;
}

/** As Slack does. @returns status, text and how long it took, ms */
async function slash(command: string, { user = 'U1', trigger = randomUUID(), age = 0, secret = SECRET }: Sent = {}) {
  const body = String(
    new URLSearchParams({
      command: '/sluice',
      team_id: 'T1',
      user_id: user,
      text: command,
      trigger_id: trigger,
      response_url: `${laterOrigin()}/answer`,
    }),
  );
  const timestamp = String(Math.floor(Date.now() / 1000) - age);
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  const began = performance.now();
  const response = await fetch(`${served.url}/slack/commands`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
    },
  });
  const answer = (await response.json()) as { text?: string; response_type?: string; blocks?: object[] };
  return { status: response.status, ms: performance.now() - began, ...answer };
}

test("Slack's look at the certificate is answered, signed or not", async () => {
  const body = new URLSearchParams({ token: 'x', ssl_check: '1' });
  const { status } = await fetch(`${served.url}/slack/commands`, { method: 'POST', body });
  expect(status).toBe(200);
});

describe('a slash command', () => {
  test("is taken of people as the operator's file has them now", async () => {
    const plan = await served.running('slack-rights');
    served.install(
      PEOPLE.replace('verbs: [view]', 'verbs: [view, pause, abort]').replace('verbs: ["*"]', 'verbs: [view]'),
    );
    expect((await slash('abort demo/slack-rights')).text).toMatch(/^You may not abort demo/);
    expect((await slash('abort demo/slack-rights', { user: 'U2' })).text).toMatch(/^bob: abort demo/);
    const view: RolloutView = await served.harness.handle(plan).result();
    expect(view.outcome?.reason).toBe('Aborted by bob · slack.');
  });

  test('shows, pauses and aborts within three seconds, as the person it is', async () => {
    const plan = await served.running('slack');
    const status = await slash('status demo/slack');
    expect(status).toMatchObject({ status: 200, response_type: 'ephemeral' });
    expect(status.text).toMatch(/^Running: slack /);
    expect(JSON.stringify(status.blocks)).toContain('primary 80 %, canary 20 % asked');
    const paused = await slash('pause demo/slack looking &lt;!channel&gt; at it');
    expect(paused).toMatchObject({ status: 200, response_type: 'in_channel' });
    expect(paused.text).toMatch(
      /^ann: pause demo\/slack \(looking &lt;!channel&gt; at it\)\. Paused: nothing advances\./,
    );
    expect((await slash('approve demo/slack')).text).toMatch(/^approve demo\/slack refused: .*wait for an approval/);
    const aborted = await slash('abort demo/slack');
    expect(aborted.text).toMatch(/^ann: abort demo\/slack\. Going back: all live traffic to the primary at once/);
    expect(Math.max(paused.ms, aborted.ms)).toBeLessThan(3_000);
    console.info(`answer times: pause ${Math.round(paused.ms)} ms, abort ${Math.round(aborted.ms)} ms`);
    const view: RolloutView = await served.harness.handle(plan).result();
    expect(view.outcome?.reason).toMatch(/^Aborted by ann · slack/);
    expect((await slash('abort demo/slack')).text).toMatch(/^abort demo\/slack refused: the rollout is over/);
    expect((await slash('status demo/nobody')).text).toMatch(/^Nothing was ever rolled out for demo\/nobody/);
  });

  test('that is forged, stale, from the future, or of somebody who may not, changes nothing', async () => {
    const plan = await served.running('slack-wrong');
    expect((await slash('abort demo/slack-wrong', { secret: 'forged' })).status).toBe(401);
    expect((await slash('abort demo/slack-wrong', { age: 301 })).status).toBe(401);
    expect((await slash('abort demo/slack-wrong', { age: -302 })).status).toBe(401);
    expect((await slash('abort demo/slack-wrong', { user: 'U2' })).text).toMatch(
      /^You may not abort demo\/slack-wrong/,
    );
    expect((await slash('status demo/slack-wrong', { user: 'U2' })).text).toMatch(/^Running: slack-wrong/);
    expect((await slash('status prod/slack-wrong', { user: 'U2' })).text).toMatch(/^You may not status prod/);
    expect((await slash('abort demo/slack-wrong', { user: 'U3' })).text).toMatch(
      /^You may not abort demo\/slack-wrong/,
    );
    expect((await served.harness.view(plan)).actions).toEqual([]);
    await served.harness.act(plan, 'abort');
    await served.harness.handle(plan).result();
  });

  test('that Slack sends again has one effect', async () => {
    const plan = await served.running('slack-twice');
    const trigger = randomUUID();
    const first = await slash('pause demo/slack-twice', { trigger });
    expect((await slash('pause demo/slack-twice', { trigger })).text).toBe(first.text);
    expect((await served.harness.view(plan)).actions).toHaveLength(1);
    await served.harness.act(plan, 'abort');
    await served.harness.handle(plan).result();
  });

  test('acknowledges and answers a question by a part of its id; sent again, it has one effect', async () => {
    const plan = planFor('slack-asked');
    served.world.verdicts = ['pass', 'pass', 'pass', 'noAnswer', 'noAnswer', 'noAnswer'];
    await served.offer(offerFor(plan));
    const { rollout } = await served.harness.until(plan, ({ state }) => state === 'needs-you');
    expect(JSON.stringify((await slash('status demo/slack-asked')).blocks)).toContain('canary/canary/1');
    expect((await slash('answer demo/slack-asked primary retry')).text).toMatch(
      new RegExp(
        `refused: .*primary is not open any more\nOpen questions: ${rollout}/canary/canary/1\\.\\nNow: Needs you`,
      ),
    );
    expect((await slash('acknowledge demo/slack-asked canary/canary')).text).toContain('It is not told again');
    expect((await served.harness.view(plan)).questions[0]?.acknowledged?.by).toBe('ann · slack');
    const trigger = randomUUID();
    const first = await slash('answer demo/slack-asked canary/canary retry seen', { trigger });
    expect(first.text).toMatch(/^ann: answer demo\/slack-asked \(seen\)\. Waits for ready canary pods/);
    expect((await slash('answer demo/slack-asked canary/canary retry seen', { trigger })).text).toBe(first.text);
    expect((await served.harness.handle(plan).result()).outcome?.kind).toBe('promoted');
  });

  test('without a worker is taken at once, and its outcome follows', async () => {
    await served.running('slack-alone');
    await served.harness.close();
    const pressed = await slash('abort demo/slack-alone');
    expect(pressed.text).toBe('Taken; the outcome follows here.');
    expect(pressed.ms).toBeLessThan(3_000);
    await expect.poll(() => messages.length, { timeout: 20_000 }).toBe(1);
    expect(messages[0]?.text).toBe('ann: abort demo/slack-alone is stored; no worker confirms it yet.');
    served.harness = await startHarness(new FakeWorld());
  });
});
