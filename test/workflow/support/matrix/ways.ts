/** How a right is asked for: by every way into Sluice, and past it. */
import { createHmac, randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import { createProgram } from '../../../../src/cli/program.ts';
import { type ActionVerb, VERBS } from '../../../../src/contract/action.ts';
import { mirrorWorkflowId } from '../../../../src/contract/mirror.ts';
import { sign } from '../../../../src/network/standard-webhooks.ts';
import { vouched } from '../../../support/authority.ts';
import type { RightOutcome } from '../../../support/rights-table.ts';
import { BEGINNINGS, beginStraight, commandFor, mirrorFor, requestFor } from '../beginnings.ts';
import type { Served } from '../served.ts';
import type { MatrixCell, MatrixWay } from './cells.ts';
import { HOOK, narrow, SLACK, tokens } from './file.ts';
import { ENDING, NEEDS, type WaitingRollouts } from './waiting-rollouts.ts';

type Look = (cell: MatrixCell, bed: { served: Served; rollouts: WaitingRollouts }) => Promise<RightOutcome>;

/** As if everybody asked from an address of their own. */
let asked = 0;
const from = () => {
  asked += 1;
  return { 'x-forwarded-for': `10.${asked >> 16}.${(asked >> 8) & 255}.${asked & 255}` };
};

/** Refused for the state of the rollout is allowed, as far as rights go. */
const unless = (refused: boolean, message = ''): RightOutcome =>
  refused || / is refused: /.test(message) ? 'refused' : 'proven';
const ARGUMENTS: Record<string, object> = {
  'set-weight': { weight: 50 },
  answer: { question: 'q', answer: 'retry' },
  acknowledge: { question: 'q' },
};

const http: Look = async (cell, { served }) => {
  const { who, thing, namespace, plan } = cell;
  const rollout = `/rollouts/${served.harness.cluster}/${namespace}/${plan}`;
  const action = { id: randomUUID(), verb: thing, ...ARGUMENTS[thing] };
  const [path, body] = BEGINNINGS.includes(thing)
    ? requestFor({ ...cell, cluster: '' }, served.harness.cluster)
    : ([`${rollout}/actions`, action] as const);
  const response = await fetch(`${served.url}/api/v1${thing === 'view' ? rollout : path}`, {
    headers: { ...from(), authorization: `Bearer ${tokens[who]?.token}` },
    ...(thing !== 'view' && { method: 'POST', body: JSON.stringify(body) }),
  });
  const { title = '' } = (await response.json()) as { title?: string };
  expect([200, 202, tokens[who] ? 403 : 401, 409], title).toContain(response.status);
  return unless([401, 403].includes(response.status), title);
};

const cli: Look = async (cell, bed) => {
  const { who, thing, way, namespace, plan } = cell;
  if (way === 'alone') return cliAlone(cell, bed);
  const { served } = bed;
  vi.stubEnv('SLUICE_TOKEN', tokens[who]?.token);
  const { code, message } = await sluice(
    served,
    BEGINNINGS.includes(thing) ? commandFor({ ...cell, cluster: '' }) : actionFor(thing, `${namespace}/${plan}`),
    ['--server', served.url],
  );
  if (/too many requests/.test(message)) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return cli(cell, bed);
  }
  // no worker takes what this server hands over
  expect([0, 4, 9, ...(BEGINNINGS.includes(thing) ? [10] : [])], message).toContain(code);
  if (thing === 'mirror' && code !== 4) {
    const { client, cluster } = served.harness;
    await client.workflow.getHandle(mirrorWorkflowId(mirrorFor(cluster, { namespace, plan }))).terminate();
  }
  return unless(code === 4, message);
};

/** Straight to Temporal: the emergency. */
const cliAlone: Look = async ({ who, thing, namespace, plan: name }, { served, rollouts }) => {
  vi.stubEnv('SLUICE_TOKEN', '');
  const verb = thing as ActionVerb;
  const plan = await rollouts.for(verb, { namespace, name });
  const asked = actionFor(thing, `${namespace}/${plan.name}`);
  const { code, message } = await sluice(served, asked, ['--by', who]);
  if (code !== 0) expect(message).toMatch(/ needs a proof |refused: .*no server vouches/);
  return code === 0 ? rollouts.ended(verb, plan) : 'refused';
};

function actionFor(verb: string, plan: string): string[] {
  const more = { 'set-weight': ['50'], answer: ['q', 'retry'], acknowledge: ['q'] }[verb] ?? [];
  return [verb, plan, ...more, '--reason', 'x'];
}

async function sluice(served: Served, asked: string[], to: string[]): Promise<{ code: number; message: string }> {
  const argv = [...asked, ...to, '--cluster', served.harness.cluster, '--quiet'];
  const run = createProgram().parseAsync(argv, { from: 'user' });
  const done = await run.then(() => ({ code: Number(process.exitCode ?? 0), message: '' })).catch((error) => error);
  process.exitCode = undefined;
  return done;
}

const slack: Look = async ({ who, thing, namespace, plan }, { served }) => {
  const text = `${thing === 'view' ? 'status' : thing} ${namespace}/${plan} ${thing === 'answer' ? 'q retry' : 'q'}`;
  const user = { team_id: 'T1', user_id: who.toUpperCase(), trigger_id: randomUUID() };
  const body = String(new URLSearchParams({ command: '/sluice', text, ...user }));
  const now = String(Math.floor(Date.now() / 1000));
  const signature = `v0=${createHmac('sha256', SLACK).update(`v0:${now}:${body}`).digest('hex')}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-slack-signature': signature };
  const init = { method: 'POST', body, headers: { ...headers, ...from(), 'x-slack-request-timestamp': now } };
  const answer = (await (await fetch(`${served.url}/slack/commands`, init)).json()) as { text: string };
  expect(answer.text).toMatch(/^You may not |^Aborted|refused: |: /);
  return unless(answer.text.startsWith('You may not '), answer.text);
};

const webhook: Look = async ({ who, namespace, plan }, { served }) => {
  const body = JSON.stringify({ plan: `${namespace}/${plan}`, image: 'registry.example.com/bookinfo/reviews:v9' });
  const key = Buffer.from(HOOK.slice(6), 'base64');
  const headers = { 'content-type': 'application/json', ...from(), ...sign(randomUUID(), new Date(), body, key) };
  const { status } = await fetch(`${served.url}/hooks/deploy/${who}`, { method: 'POST', headers, body });
  expect([200, 201, 202, 403, 404]).toContain(status);
  return unless(status >= 400);
};

/** With a statement of a server, or without; on a rollout that is where the verb has a meaning. */
const temporal: Look = async (cell, { served, rollouts }) => {
  const { who, thing, way, server, ...where } = cell;
  const says = server === 'narrow' ? narrow : served.vouching;
  if (!isAction(thing)) return beginStraight(served, { ...cell, cluster: '' }, way === 'alone' ? undefined : says);
  const verb = thing as ActionVerb;
  const plan = await rollouts.for(verb, { namespace: where.namespace, name: where.plan });
  const { rollout, questions } = await served.harness.view(plan);
  const args = { ...ARGUMENTS[verb], ...(['answer', 'acknowledge'].includes(verb) && { question: questions[0]?.id }) };
  const action = { id: randomUUID(), verb, rollout, actor: { name: who, channel: 'raw' }, ...args };
  const { cluster } = served.harness;
  const sent = way === 'alone' ? action : await vouched(action, plan, cluster, says);
  const say = (error: { cause?: { message?: string } }) => ({ accepted: false, message: error.cause?.message ?? '' });
  const { accepted, message } = await served.harness.act(plan, verb, sent).catch(say);
  if (!accepted) {
    expect(message).toMatch(/ is refused: |needs a proof/);
    return 'refused';
  }
  if (NEEDS[verb] === 'question' && ENDING.includes(verb))
    await served.harness.until(plan, ({ route }) => route.canary === 20);
  return rollouts.ended(verb, plan);
};

export const isAction = (thing: string) => VERBS.some((verb) => verb === thing);

export const WAYS: Record<MatrixWay, Look> = { http, cli, slack, webhook, temporal };
