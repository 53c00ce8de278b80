/** A secret of its own at every place where a user can put one: none is in anything that Sluice stores, writes, says or sends. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newToken } from '../../src/authority/index.ts';
import type { Plan } from '../../src/contract/plan.ts';
import { parseSecrets, sign } from '../../src/network/standard-webhooks.ts';
import { INSTALLATION_HEAD } from '../support/authority.ts';
import { freePort } from '../support/free-port.ts';
import { apply, eventually, kubectl, lab } from '../support/lab/cluster.ts';
import { Reviews } from '../support/lab/reviews.ts';
import { ClusterSluice } from '../support/lab/sluice.ts';
import { changed } from '../support/plan-text.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';
import { token as bearerToken, openFront } from './metric-sources/guards.ts';

const CLI = join(import.meta.dirname, '..', '..', 'bin', 'sluice.mjs');
const marker = (where: string) => `marker-${where}-${randomBytes(16).toString('hex')}`;
const api = newToken();

/** By where it was put. */
const MARKERS = {
  smtp: marker('smtp'),
  slack: marker('slack'),
  hook: marker('hook'),
  header: marker('header'),
  revision: marker('revision'),
  retired: marker('retired'),
  secret: marker('secret'),
  signing: marker('signing'),
  board: marker('board'),
  address: marker('address'),
  bearer: bearerToken(3_600),
  api: api.token,
};
/** What everybody may see, so that the search is known to find. */
const CONTROL = marker('control');
const whsec = (text: string) => `whsec_${Buffer.from(text).toString('base64')}`;
const HOOK = whsec(MARKERS.hook);
const board = new WebhookReceiver(whsec(MARKERS.signing));

const dir = mkdtempSync(join(tmpdir(), 'sluice-marker-'));
const mails: Promise<string>[] = [];
const smtp = new SMTPServer({
  ...{ hideSTARTTLS: true, allowInsecureAuth: true },
  // the first login is refused, as it may be
  onAuth: ({ username }, _session, done) =>
    mails.length === 0 && refusals++ === 0 ? done(new Error('no')) : done(null, { user: username }),
  onData: (stream, _session, done) => {
    mails.push(text(stream));
    stream.on('end', () => done());
  },
});
let refusals = 0;

let app: Reviews;
let sluice: ClusterSluice;
let front: Awaited<ReturnType<typeof openFront>>;
let server: ChildProcess;
let url: string;
let plan: Plan;
let serverSaid = '';
/** What commands and requests answered. */
let answered = '';

beforeAll(async () => {
  front = await openFront(lab.prometheus);
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  await board.open();
  [app, sluice] = await Promise.all([Reviews.create('marker'), ClusterSluice.start({ workers: 0 })]);
  await useSecret();
  const installation = install();
  const { port } = smtp.server.address() as AddressInfo;
  const environment = {
    SLUICE_INSTALLATION: installation,
    SLUICE_SMTP_URL: `smtp://sluice:${MARKERS.smtp}@127.0.0.1:${port}?requireTLS=false`,
    MARKER_REVISION: MARKERS.revision,
  };
  const listening = await freePort();
  url = `http://127.0.0.1:${listening}`;
  server = spawn(
    process.execPath,
    [
      CLI,
      'server',
      '--plans',
      join(dir, 'plans'),
      '--plan-namespaces',
      '*',
      '--port',
      String(listening),
      '--cluster',
      sluice.cluster,
    ],
    { env: { ...own(), SLUICE_SLACK_SECRET: MARKERS.slack, SLUICE_INSTALLATION: installation } },
  );
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (chunk) => {
      serverSaid += chunk;
    });
  await Promise.all([
    sluice.startWorker(environment),
    eventually(
      () =>
        fetch(url).then(
          () => true,
          () => undefined,
        ),
      'the server answers',
      60_000,
    ),
  ]);
});
afterAll(async () => {
  server?.kill();
  await sluice?.stop();
  front?.close();
  smtp.close();
  board.close();
  await app?.remove();
});

const own = () => ({ ...process.env, TEMPORAL_ADDRESS: lab.temporal, TEMPORAL_NAMESPACE: sluice.cluster });

/** The primary's pods take a value of a Secret. */
async function useSecret(): Promise<void> {
  const { namespace } = app;
  await apply([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login', namespace },
      stringData: { password: MARKERS.secret },
    },
  ]);
  const env = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } }];
  const patch = JSON.stringify([{ op: 'add', path: '/spec/template/spec/containers/0/env', value: env }]);
  await kubectl('-n', namespace, 'patch', 'deployment', 'reviews-v1', '--type=json', '-p', patch);
  await kubectl('-n', namespace, 'rollout', 'status', 'deployment/reviews-v1', '--timeout=60s');
}

function install(): string {
  mkdirSync(join(dir, 'plans'));
  writeFileSync(join(dir, 'plans', 'reviews.yaml'), changed(['prometheus: http://prometheus:9090', 'source: guarded']));
  const files = {
    key: sluice.server.text,
    hook: HOOK,
    bearer: MARKERS.bearer,
    header: MARKERS.header,
    retired: MARKERS.retired,
    signing: board.secret,
    board: `${board.url}/${MARKERS.board}`,
  };
  for (const [name, value] of Object.entries(files)) writeFileSync(join(dir, name), value);
  const file = join(dir, 'sluice.yaml');
  const all = '[{ verbs: ["*"], plans: ["*/*"] }]';
  writeFileSync(
    file,
    `${INSTALLATION_HEAD}key: { file: key }
revisionKeys: [{ kid: k2, key: { env: MARKER_REVISION } }, { kid: k1, key: { file: retired } }]
metricSources: [{ name: guarded, address: "${front.url}", login: { bearer: { file: bearer }, headers: { X-Scope-OrgID: team-a, X-Key: { file: header } } } }]
notificationTargets:
  - { name: board, plans: ["*/*"], webhook: { address: { file: board }, secrets: [{ file: signing }], local: true } }
senders: [{ name: ci, plans: ["*/*"], signature: { preset: standard-webhooks, secrets: [{ file: hook }] } }]
people:
  - { name: mo, slack: [{ team: T1, user: U1 }], tokens: [{ sha256: ${api.sha256}, expires: "2999-01-01T00:00:00Z" }], may: ${all} }
  - { name: ci, may: ${all} }
${sluice.server.servers}`,
  );
  const address = `http://user:${MARKERS.address}@prometheus.example.com:9090`;
  writeFileSync(join(dir, 'broken.yaml'), changed(['prometheus: http://prometheus:9090', `prometheus: ${address}`]));
  return file;
}

async function cli(...args: string[]): Promise<void> {
  const env = { ...own(), SLUICE_SERVER: url, SLUICE_TOKEN: MARKERS.api, MARKER_REVISION: MARKERS.revision };
  const asked = promisify(execFile)(process.execPath, [CLI, ...args, '--cluster', sluice.cluster], { env });
  const { stdout, stderr } = await asked.catch((error) => error);
  answered += stdout + stderr;
}

async function ask(path: string, headers: Record<string, string>, body: string): Promise<number> {
  const response = await fetch(url + path, { method: 'POST', headers, body });
  answered += await response.text();
  return response.status;
}

/** With the right secret, and with it as it must not be used. */
async function speakToServer(): Promise<void> {
  const event = JSON.stringify({ image: 'registry.example.com/bookinfo/reviews:v2', by: 'ci' });
  const [key] = parseSecrets([HOOK]);
  const signed = sign(randomUUID(), new Date(), event, key as NonNullable<typeof key>);
  const json = { 'content-type': 'application/json' };
  await ask('/hooks/deploy/ci', { ...json, ...signed }, event);
  expect(await ask('/hooks/deploy/ci', { ...json, ...signed, 'webhook-signature': `v1,${MARKERS.hook}` }, event)).toBe(
    401,
  );
  expect(await ask('/hooks/deploy/ci', { ...json, authorization: `Bearer ${MARKERS.api}` }, event)).toBe(401);
  expect(await ask(`/api/v1/rollouts/x/y/z/actions`, { authorization: `Bearer ${MARKERS.api}x` }, '{}')).toBe(401);
  const command = String(
    new URLSearchParams({
      command: '/sluice',
      team_id: 'T1',
      user_id: 'U1',
      text: `status ${plan.namespace}/${plan.name}`,
    }),
  );
  const now = String(Math.floor(Date.now() / 1000));
  const mac = createHmac('sha256', MARKERS.slack).update(`v0:${now}:${command}`).digest('hex');
  for (const signature of [`v0=${mac}`, `v0=${MARKERS.slack}`])
    await ask(
      '/slack/commands',
      {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': now,
        'x-slack-signature': signature,
      },
      command,
    );
}

test('a rollout meets every one of them', async () => {
  const { prometheus: _, ...analysis } = app.plan().analysis;
  plan = app.plan({
    ...{ mirror: undefined, load: undefined, acceptance: [] },
    shift: { weights: [50, 100], everyMs: 3_000 },
    analysis: { ...analysis, source: 'guarded' },
    notify: [...app.plan().notify, { webhook: { target: 'board' } }],
  });
  const name = `${plan.namespace}/${plan.name}`;
  board.answer = 503;
  await sluice.deliver(plan, 'reviews:v2');
  await sluice.until(plan, ({ route }) => route.canary === 50, 'users on the canary');
  await cli('pause', name, '--reason', CONTROL);
  await speakToServer();
  await cli('notify', 'test', 'board', '--installation', join(dir, 'sluice.yaml'));
  board.answer = 204;
  await cli('resume', name);
  await eventually(async () => front.queries.length > 0 || undefined, 'a query of the metric source');
  await cli('abort', name, '--reason', CONTROL);
  expect(await sluice.result(plan)).toMatchObject({ outcome: { kind: 'aborted' } });
  for (const args of [
    ['plan', 'check', join(dir, 'broken.yaml')],
    ['run', join(dir, 'broken.yaml'), '--image', 'reviews:v3'],
    ['installation', 'check', join(dir, 'sluice.yaml')],
    ['hooks', 'test', 'ci', '--url', url, '--installation', join(dir, 'sluice.yaml')],
    ['audit', name, '-o', 'json'],
    ['get', name, '-o', 'json'],
  ])
    await cli(...args);
  expect(answered).toContain('the URL carries a user name or password');
  await eventually(async () => mails.length > 0 || undefined, 'the result by mail', 90_000);
  expect(refusals).toBeGreaterThan(0);
  await eventually(async () => board.topics.includes('ended') || undefined, 'the result by webhook', 90_000);
  expect(answered).toContain('the webhook answers 503');
});

test('and none of them is anywhere', async () => {
  const places = await everything();
  const where = (secret: string) =>
    Object.entries(places).flatMap(([place, said]) =>
      forms(secret).some((form) => said.includes(form)) ? [place] : [],
    );
  expect(Object.keys(places).filter((place) => places[place as keyof typeof places].length < 100)).toEqual([]);
  expect(where(CONTROL)).toEqual(expect.arrayContaining(['histories', 'answers', 'mails']));
  expect(where(app.namespace)).toEqual(Object.keys(places));
  const { d } = JSON.parse(sluice.server.text) as { d: string };
  const hits = Object.entries({ ...MARKERS, key: d }).map(([name, secret]) => [name, where(secret)]);
  expect(hits.filter(([, found]) => found?.length)).toEqual([]);
});

async function everything() {
  let histories = '';
  for await (const { workflowId, runId } of sluice.client.workflow.list()) {
    const { events } = await sluice.client.workflow.getHandle(workflowId, runId).fetchHistory();
    histories += JSON.stringify(events).replace(/"data":"([^"]*)"/g, (_, data) =>
      Buffer.from(data, 'base64').toString(),
    );
  }
  const logs = join(lab.dir, 'sluice');
  const ofWorkers = readdirSync(logs).filter((name) => name.startsWith(sluice.cluster) && name.endsWith('.log'));
  const kinds =
    'deployments,replicasets,pods,controllerrevisions,configmaps,events,services,virtualservices,destinationrules';
  return {
    histories,
    logs: ofWorkers.map((name) => readFileSync(join(logs, name), 'utf8')).join('') + serverSaid,
    answers: answered,
    webhooks: JSON.stringify(board.arrived),
    mails: (await Promise.all(mails)).join('').replace(/=\r?\n/g, ''),
    objects: await kubectl('-n', app.namespace, 'get', kinds, '-o', 'json'),
  };
}

/** As it is, and as it may be written elsewhere. */
function forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex'), ...secret.split('.').slice(1)];
}
