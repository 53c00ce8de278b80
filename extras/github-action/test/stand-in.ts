/** GitHub as far as a job meets it, and a Sluice server as it is, before a Temporal whose rollouts are views. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { pino } from 'pino';
import type { RolloutView } from '../../../src/contract/view.ts';
import { type InstallationFile, watchInstallation } from '../../../src/installation/index.ts';
import { createApp } from '../../../src/server/app.ts';
import { INSTALLATION_HEAD } from '../../../test/support/authority.ts';
import { FakeTemporal } from '../../../test/support/fakes/temporal.ts';
import { TokenIssuer } from '../../../test/support/jwks.ts';
import { EXAMPLE, planOf } from '../../../test/support/plan-text.ts';

export const IMAGE = 'registry.example.com/bookinfo/reviews:v2';
const SUBJECT = 'repo:acme/reviews:environment:production';
const REQUEST_TOKEN = 'request-token-of-the-runner';

interface GithubRequest {
  path: string;
  authorization?: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent
  body: any;
}

export interface StandIn {
  /** Of a job; inputs by name. */
  env(inputs?: Record<string, string | undefined>): NodeJS.ProcessEnv;
  url: string;
  issuer: TokenIssuer;
  /** What GitHub was asked. */
  asked: GithubRequest[];
  /** States that the deployment was given. */
  states(): string[];
  /** Every token that it gave. */
  tokens: string[];
  /** How long the next tokens are good, s. */
  lifeS: number;
  /** Answered first, each once, with `retry-after: 0`: by GitHub; by the server in place of its answer to an event that it took. */
  faults: { github: number[]; server: number[] };
  temporal: FakeTemporal;
  /** Answered one after the other; the last stays. Those without a delivery of their own are of the event that was sent. */
  views: RolloutView[];
  /** Ids of deliveries as they were sent, faults included. */
  deliveries: string[];
  read(file: 'GITHUB_OUTPUT' | 'GITHUB_STEP_SUMMARY'): string;
  close(): void;
}

export async function startStandIn(plans?: string): Promise<StandIn> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-action-'));
  const issuer = await TokenIssuer.start();
  const github = createServer();
  await once(github.listen(0, '127.0.0.1'), 'listening');
  const api = `http://127.0.0.1:${(github.address() as AddressInfo).port}`;
  const installation = await install(folder, operatorLines(issuer.url, plans));
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  const started: StandIn = {
    ...{ issuer, asked: [], tokens: [], lifeS: 300, views: [], deliveries: [], temporal: new FakeTemporal(), url: '' },
    faults: { github: [], server: [] },
    states: () => started.asked.filter(({ path }) => path.endsWith('/statuses')).map(({ body }) => body.state),
    env: (inputs = {}) => ({
      ...{ ACTIONS_ID_TOKEN_REQUEST_URL: `${api}/token?api-version=2`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN },
      ...{ GITHUB_API_URL: api, GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/reviews' },
      ...{ GITHUB_SHA: 'a'.repeat(40), GITHUB_RUN_ID: '42', GITHUB_RUN_ATTEMPT: '1', ...files },
      ...inputsOf({
        server: started.url,
        sender: 'actions',
        image: IMAGE,
        interval: '1s',
        'github-token': 'of-github',
        ...inputs,
      }),
    }),
    read: (file) => readFileSync(files[file], 'utf8'),
    close: () => {
      issuer.close();
      for (const server of [github, sluice]) server.close();
    },
  };
  github.on('request', async (request, response) => {
    const chunks = await request.toArray();
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'retry-after': '0' }).end(JSON.stringify(body));
    const fault = started.faults.github.shift();
    if (fault) return answer(fault, { message: 'not now' });
    const { pathname: path, searchParams } = new URL(request.url ?? '', api);
    if (path === '/token') {
      if (request.headers.authorization !== `Bearer ${REQUEST_TOKEN}`) return answer(401, {});
      return answer(200, { value: await tokenOf(started, searchParams.get('audience') ?? '') });
    }
    const body = JSON.parse(Buffer.concat(chunks).toString() || 'null');
    started.asked.push({ path, authorization: request.headers.authorization, body });
    return answer(201, { id: 7 });
  });
  const sluice = await serveSluice(started, installation);
  started.url = `http://127.0.0.1:${(sluice.address() as AddressInfo).port}`;
  return started;
}

function inputsOf(inputs: Record<string, string | undefined>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}

async function tokenOf(started: StandIn, aud: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: 'https://token.actions.githubusercontent.com', aud, sub: SUBJECT, repository: 'acme/reviews' };
  const job = { actor: 'ann', ref: 'refs/heads/main', workflow: 'deploy', run_id: '42', environment: 'production' };
  const jti = `jti-${started.tokens.length}`;
  const token = await started.issuer.token({ ...claims, ...job, jti, iat: now, exp: now + started.lifeS });
  started.tokens.push(token);
  return token;
}

/** As docs/use/github-actions.md has it, but for the address of the keys. @param plans that the job may see */
export function operatorLines(keys: string, plans = '*/*'): string {
  return `senders:
  - { name: actions, plans: [demo/*], oidc: { preset: github, audience: sluice, keys: "${keys}", claims: { repository: acme/* } } }
identityProviders:
  - { name: github, issuer: "https://token.actions.githubusercontent.com", keys: "${keys}", audience: sluice }
people:
  - { name: reviews-ci, oidc: [{ provider: github, subject: "${SUBJECT}" }], may: [{ verbs: [view], plans: ["${plans}"] }] }
`;
}

async function install(folder: string, lines: string): Promise<InstallationFile> {
  const file = join(folder, 'sluice.yaml');
  writeFileSync(file, `${INSTALLATION_HEAD}${lines}`);
  const read = await watchInstallation(file);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read;
}

async function serveSluice(started: StandIn, installation: InstallationFile): Promise<Server> {
  const plan = { ...planOf(EXAMPLE), events: [{ image: IMAGE.slice(0, IMAGE.lastIndexOf(':')) }] };
  const app = createApp({
    plans: { current: async () => ({ plans: [{ plan, file: 'reviews.yaml' }], broken: [] }) },
    senders: async () => ({ senders: installation.known.senders, dir: '.' }),
    ...{ installation, temporal: withRollouts(started), cluster: 'local', waitMs: 50 },
    log: pino({ level: 'silent' }),
  });
  const fetch = async (request: Request) => {
    const isEvent = request.url.includes('/hooks/');
    if (isEvent) started.deliveries.push(request.headers.get('webhook-id') ?? '');
    const answer = await app.fetch(request);
    const fault = isEvent ? started.faults.server.shift() : undefined;
    return fault ? Response.json({}, { status: fault, headers: { 'retry-after': '0' } }) : answer;
  };
  const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }) as Server;
  if (!server.listening) await once(server, 'listening');
  return server;
}

function withRollouts(started: StandIn): Client {
  const client = started.temporal.client();
  const { getHandle } = client.workflow;
  const rollout = {
    describe: async () => ({ runId: 'run', status: { name: 'RUNNING' }, raw: {} }),
    query: async () => {
      const [next] = started.views.length > 1 ? started.views.splice(0, 1) : started.views;
      const delivery = `actions/${started.deliveries.at(-1)}`;
      return next && { ...next, startedBy: { ...next.startedBy, delivery: next.startedBy.delivery || delivery } };
    },
  };
  const silent = {
    describe: async () => {
      throw new WorkflowNotFoundError('nobody was to be told', 'notices', undefined);
    },
  };
  const handleOf = (id: string) => {
    if (id.startsWith('rollout/')) return rollout;
    return id.startsWith('notices/') ? silent : getHandle(id);
  };
  const connection = { withDeadline: (_deadline: number, call: () => Promise<unknown>) => call() };
  return Object.assign(client, { connection, workflow: { ...client.workflow, getHandle: handleOf } });
}

export interface BuiltStep {
  child: ChildProcess;
  /** What it has said so far. */
  log(): string;
  code: Promise<number | null>;
}

/** The committed file in a process of its own, as the runner starts it. */
export function startBuilt(env: NodeJS.ProcessEnv): BuiltStep {
  const file = join(import.meta.dirname, '..', 'dist', 'main.mjs');
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  return { child, log: () => said, code: once(child, 'close').then(([code]) => code) };
}
