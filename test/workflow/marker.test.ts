/**
 * What proves people, browsers, senders and Sluice itself at others, each secret with a marker of its own, and everything that a real server
 * and worker then say: none is in it. Secrets that the cluster, metric sources and mail have are in test/lab/marker.test.ts.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { handOverBegin } from '../../src/activities/hand-over-news.ts';
import { newToken } from '../../src/authority/index.ts';
import { createProgram } from '../../src/cli/program.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { secretFile } from '../support/sender.ts';
import { CHANNEL, ScriptedSlack } from '../support/slack/scripted-slack.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';
import { temporalAddress } from '../support/workflow/harness.ts';
import { type Served, serve } from './support/served.ts';

const marker = (where: string) => `marker-${where}-${randomBytes(16).toString('hex')}`;
const whsec = (text: string) => `whsec_${Buffer.from(text).toString('base64')}`;
const api = newToken();
/** By where it was put. */
const MARKERS: Record<string, string> = {
  api: api.token,
  harbor: marker('harbor'),
  gitlab: marker('gitlab'),
  github: marker('github'),
  signing: marker('signing'),
  address: marker('address'),
  web: marker('web'),
  slack: marker('slack'),
};
/** What everybody may see, so that the search is known to find. */
const CONTROL = marker('control');
const ENTRIES = ['harbor', 'gitlab', 'github'].map((name) => {
  const preset = name === 'gitlab' ? 'gitlab-token' : name;
  const secrets = [secretFile(MARKERS[name] ?? '')];
  return { name, plans: ['demo/*'], signature: { preset, secrets } };
});

let slack: ScriptedSlack;
let board: WebhookReceiver;
let served: Served;
const exported = join(mkdtempSync(join(tmpdir(), 'sluice-marker-')), 'audit.json');
let logged = '';
/** What requests, commands and streams answered, pages too. */
let answered = '';
const plan: Plan = planFor('marked', {
  ...{ mirror: undefined, events: [{ image: 'ghcr.io/acme/marked' }] },
  notify: [{ webhook: { target: 'board' } }, { slack: { target: 'chat' } }],
});

beforeAll(async () => {
  slack = await new ScriptedSlack().open();
  board = await new WebhookReceiver(whsec(MARKERS.signing ?? '')).open();
  Object.assign(MARKERS, { bot: slack.token, socket: slack.appToken });
  const { address = '', web = '' } = MARKERS;
  const where = secretFile(`${board.url}/${address}`);
  const file = `people:
  - { name: ann, slack: [{ team: T1, user: U1 }], tokens: [{ sha256: ${api.sha256}, expires: "2999-01-01T00:00:00Z" }], may: [{ verbs: ["*"], plans: ["*/*"] }] }
senders: ${JSON.stringify(ENTRIES)}
webSources: ${JSON.stringify([{ name: 'figures', address: 'http://127.0.0.1:9', login: { bearer: secretFile(web) } }])}
slack: ${JSON.stringify({ address: slack.api, appToken: secretFile(slack.appToken) })}
notificationTargets: ${JSON.stringify([
    { name: 'board', plans: ['demo/*'], webhook: { address: where, secrets: [secretFile(board.secret)], local: true } },
    { name: 'chat', plans: ['demo/*'], slack: { channel: CHANNEL, token: secretFile(slack.token) } },
  ])}
`;
  const log = pino({ level: 'debug' }, { write: (line: string) => (logged += line) });
  const options = { log, slackSecret: MARKERS.slack, slackAnswerOrigins: [slack.origin] };
  served = await serve(file, { ...options, metrics: { host: '127.0.0.1', port: 0 } }, true);
  MARKERS.key = (JSON.parse(served.vouching.text) as { d: string }).d;
});
afterAll(async () => {
  await served?.close();
  slack?.close();
  board?.close();
});

/** @returns status and the headers that say more than an answer's text */
async function ask(path: string, init: RequestInit = {}, base = served.url): Promise<Response> {
  const response = await fetch(base + path, { redirect: 'manual', ...init });
  const headers = [...response.headers].filter(([name]) => name !== 'set-cookie');
  answered += `${response.status} ${JSON.stringify(headers)} ${await response.clone().text()}\n`;
  return response;
}

/** Right, and as nobody should use it. */
async function everySender(): Promise<void> {
  const body = JSON.stringify({ ping: true, plan: 'marked' });
  for (const { name } of ENTRIES) {
    const secret = MARKERS[name] ?? '';
    const mac = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    const header = { harbor: 'authorization', gitlab: 'x-gitlab-token', github: 'x-hub-signature-256' }[name] ?? '';
    const right = name === 'github' ? mac : secret;
    for (const [value, path] of [
      [right, ''],
      [`${right}x`, ''],
      [secret, `?token=${secret}`],
      [`Bearer ${secret}`, ''],
    ] as const) {
      const headers = { 'content-type': 'application/json', [header]: value };
      await ask(`/hooks/deploy/${name}${path}`, { method: 'POST', headers, body });
    }
  }
}

async function everyWayIn(): Promise<void> {
  const rollout = `/api/v1/rollouts/${served.harness.cluster}/demo/${plan.name}`;
  const bearer = { authorization: `Bearer ${MARKERS.api}` };
  for (const path of ['', '/intervals', '/audit']) await ask(rollout + path, { headers: bearer });
  for (const path of ['/api/v1/rollouts', '/api/v1/plans', '/api/v1/installation/health'])
    await ask(path, { headers: bearer });
  await ask(rollout, { headers: { authorization: `Bearer ${MARKERS.api}x` } });
  await ask(`${rollout}?access_token=${MARKERS.api}`);
  await ask(`${rollout}/actions`, {
    method: 'POST',
    headers: bearer,
    body: JSON.stringify({ id: 'no', verb: 'abort' }),
  });
  const stop = new AbortController();
  const stream = await fetch(`${served.url}${rollout}/events`, { headers: bearer, signal: stop.signal });
  answered += new TextDecoder().decode((await stream.body?.getReader().read())?.value);
  stop.abort();
  // a browser
  const once = served.server.oneTimeLogin(MARKERS.api ?? '');
  MARKERS.once = once.split('/').at(-1)?.split('=').at(-1) ?? '';
  const cookie = (await ask(once)).headers.getSetCookie()[0]?.split(';')[0] ?? '';
  MARKERS.session = cookie.split('=')[1] ?? '';
  for (const path of ['/login', '/', rollout]) await ask(path, { headers: { cookie } });
  await ask(`${rollout}/actions`, { method: 'POST', headers: { cookie, origin: served.url }, body: '{}' });
}

async function everySlack(): Promise<void> {
  for (const secret of [MARKERS.slack ?? '', 'another']) {
    const now = String(Math.floor(Date.now() / 1000));
    const body = String(
      new URLSearchParams({ command: '/sluice', team_id: 'T1', user_id: 'U1', text: `status demo/${plan.name}` }),
    );
    for (const signature of [createHmac('sha256', secret).update(`v0:${now}:${body}`).digest('hex'), MARKERS.slack])
      await ask('/slack/commands', {
        ...{ method: 'POST', body },
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-slack-request-timestamp': now,
          'x-slack-signature': `v0=${signature}`,
        },
      });
  }
}

async function cli(...args: string[]): Promise<void> {
  const argv = [...args, '--temporal', temporalAddress(), '--cluster', served.harness.cluster];
  const said = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      answered += text;
      return true;
    }),
  );
  await createProgram()
    .parseAsync(argv, { from: 'user' })
    .catch((error: Error) => {
      answered += `${error.message}\n`;
    });
  process.exitCode = undefined;
  for (const one of said) one.mockRestore();
}

test('what proves people, browsers, senders and Sluice itself is used everywhere', async () => {
  const { world, harness, url } = served;
  world.stuck.add('checkInterval live');
  await served.offer(offerFor(plan, 'ghcr.io/acme/marked:v2'));
  const about = { cluster: harness.cluster, namespace: plan.namespace, plan: plan.name, notify: plan.notify };
  await handOverBegin(harness.client, harness.queue, about);
  await harness.until(plan, ({ route }) => route.canary === 20);
  await everySender();
  await everyWayIn();
  await everySlack();
  vi.stubEnv('SLUICE_TOKEN', MARKERS.api);
  const file = ['--installation', served.file];
  const name = `demo/${plan.name}`;
  for (const args of [
    ['pause', name, '--reason', CONTROL, '--server', url],
    ['get', name, '-o', 'json'],
    ['audit', name, '-o', 'html'],
    ['audit', name, '-o', 'json'],
    ['audit', 'export', name, '--server', url, '--out', exported],
    ['installation', 'check', served.file],
    ['notify', 'test', 'board', ...file],
    ['notify', 'test', 'chat', ...file],
    ...ENTRIES.map((sender) => ['hooks', 'test', sender.name, '--url', url, ...file]),
    ['abort', name, '--server', url, '--reason', CONTROL],
  ])
    await cli(...args);
  board.answer = 503;
  await cli('notify', 'test', 'board', ...file);
  board.answer = 204;
  vi.unstubAllEnvs();
  expect((await harness.handle(plan).result()).outcome.kind).toBe('aborted');
  await expect.poll(() => board.topics, { timeout: 60_000 }).toContain('ended');
  await expect.poll(() => JSON.stringify(slack.cards), { timeout: 60_000 }).toContain('borted');
  await ask('/metrics', {}, `http://127.0.0.1:${served.server.metricsPort}`);
}, 240_000);

test('and is in nothing that they store, say or send', async () => {
  const { client, cluster } = served.harness;
  let histories = '';
  for await (const { workflowId, runId } of client.workflow.list()) {
    if (!workflowId.includes(cluster) && !workflowId.includes(`/demo/${plan.name}`)) continue;
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    histories += JSON.stringify(events).replace(/"data":"([^"]*)"/g, (_, data) =>
      Buffer.from(data, 'base64').toString(),
    );
  }
  const places = {
    ...{ histories, logged, answered, exported: readFileSync(exported, 'utf8') },
    webhooks: JSON.stringify(board.arrived),
    slack: JSON.stringify([slack.messages, slack.answers]),
  };
  const where = (secret: string) =>
    Object.entries(places).flatMap(([place, said]) =>
      forms(secret).some((form) => said.includes(form)) ? [place] : [],
    );
  expect(where(CONTROL)).toEqual(['histories', 'answered', 'exported', 'webhooks', 'slack']);
  expect(logged).toContain('/hooks/deploy/');
  expect(Object.values(MARKERS).filter((secret) => secret.length < 16)).toEqual([]);
  const hits = Object.entries(MARKERS).map(([name, secret]) => [name, where(secret)]);
  expect(hits.filter(([, found]) => found?.length)).toEqual([]);
  const kept = Object.entries(places).map(([name, { length }]) => `${name} ${Math.round(length / 1_024)} KB`);
  console.log(`${hits.length} secrets in none of ${kept.join(', ')}`);
});

/** As it is, and as it may be written elsewhere. */
function forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex'), encodeURIComponent(secret)];
}
