/** Slash commands against a real server, a real worker and real users. */
import assert from 'node:assert/strict';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { FaultRow } from '../row.ts';
import { type PlanServer, startPlanServer } from '../tools/plan-server.ts';
import { seconds } from './support.ts';

const PEOPLE = `people:
  - { name: ann, slack: [{ team: T1, user: U1 }], may: [{ verbs: ["*"], plans: ["*/*"] }] }
  - { name: bob, slack: [{ team: T1, user: U2 }], may: [{ verbs: [view], plans: ["*/*"] }] }
`;

interface Pressed {
  user?: string;
  /** Seconds by which the request is older than now. */
  age?: number;
  secret?: string;
}

/** As Slack sends it. */
function slashOf(server: PlanServer, signing: string) {
  return async (text: string, { user = 'U1', age = 0, secret = signing }: Pressed = {}) => {
    const fields = { command: '/sluice', team_id: 'T1', user_id: user, text, trigger_id: randomUUID() };
    const body = String(new URLSearchParams({ ...fields, response_url: 'https://hooks.slack.com/commands/T1/1/x' }));
    const timestamp = String(Math.floor(Date.now() / 1000) - age);
    const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
    };
    const began = performance.now();
    const response = await fetch(`${server.url}/slack/commands`, { method: 'POST', body, headers });
    const answer = (await response.json()) as { text?: string };
    return { status: response.status, ms: Math.round(performance.now() - began), text: answer.text ?? '' };
  };
}

const SLACK: FaultRow = {
  id: 'S:slack',
  what: 'a signed pause and a signed abort from Slack; forged, stale and wrong role',
  how: 'POST /slack/commands of a server process, at 50 %',
  run: async (bed) => {
    const signing = randomBytes(16).toString('hex');
    const server = await startPlanServer(bed, {
      secret: `whsec_${randomBytes(32).toString('base64')}`,
      environment: { SLUICE_SLACK_SECRET: signing },
      people: PEOPLE,
    });
    const slash = slashOf(server, signing);
    const plan = `${bed.namespace}/${bed.plan.name}`;
    bed.plan.shift.everyMs = 20_000;
    await bed.deliver();
    await bed.untilWeight(50);
    const refused = [
      await slash(`abort ${plan}`, { secret: 'forged' }),
      await slash(`abort ${plan}`, { age: 301 }),
      await slash(`abort ${plan}`, { user: 'U2' }),
    ];
    assert.deepEqual(
      refused.map(({ status }) => status),
      [401, 401, 200],
    );
    assert.match(refused[2]?.text ?? '', /^You may not abort /);
    assert.deepEqual((await bed.sluice.view(bed.plan)).actions, []);
    const paused = await slash(`pause ${plan} high latency`);
    assert.equal((await bed.sluice.view(bed.plan)).paused?.by, 'ann · slack');
    const asked = Date.now();
    const aborted = await slash(`abort ${plan}`);
    const safeAfterS = seconds(asked, await bed.usersBack(asked));
    const { outcome } = await bed.result();
    server.kill();
    assert.equal(outcome?.kind, 'aborted');
    assert.ok(Math.max(paused.ms, aborted.ms) < 3_000, `answered after ${paused.ms} and ${aborted.ms} ms`);
    return {
      outcome: `pause ${paused.ms} ms: "${paused.text}"; abort ${aborted.ms} ms: "${aborted.text}"`,
      safeAfterS,
    };
  },
};

export const SLACK_ROWS: FaultRow[] = [SLACK];
