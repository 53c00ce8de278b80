/** Each login against a real server that demands it: accepted, wrong, expired, and what people are told. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observeAway } from '../../../src/activities/observe-away.ts';
import { seriesTargetOf } from '../../../src/activities/support/series-target.ts';
import { type InstallationFile, metricSources, noFile, watchInstallation } from '../../../src/installation/index.ts';
import { inspectData } from '../../../src/metrics/preflight/index.ts';
import { planFor } from '../../support/plan.ts';
import { GuardedPrometheus, openFront, openProxy, token, writeCertificates } from './guards.ts';

const MAIN = join(import.meta.dirname, '../../../src/cli/main.ts');
/** Of every login in this file: it must be seen nowhere. */
const SECRETS = ['right-password', 'wrong-password', Buffer.from('sluice:right-password').toString('base64')];

let dir: string;
let closed: GuardedPrometheus;
let certified: GuardedPrometheus;
let plain: GuardedPrometheus;
let front: Awaited<ReturnType<typeof openFront>>;
let proxy: Awaited<ReturnType<typeof openProxy>>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-logins-'));
  await writeCertificates(dir);
  [closed, certified, plain] = await Promise.all([
    GuardedPrometheus.start(dir, 'password'),
    GuardedPrometheus.start(dir, 'certificate'),
    GuardedPrometheus.start(dir, 'nothing'),
  ]);
  [front, proxy] = await Promise.all([openFront(plain.url), openProxy()]);
  for (const [name, text] of Object.entries({
    right: 'right-password\n',
    wrong: 'wrong-password',
    fresh: token(3_600),
    forged: token(3_600, 'another key'),
    expired: token(-60),
  })) {
    writeFileSync(join(dir, name), text);
    if (text.startsWith('ey')) SECRETS.push(text);
  }
  // the certificate that is valid for no day has ended by now
  await sleep(1_100);
});

afterAll(async () => {
  front?.close();
  proxy?.close();
  await Promise.all([closed, certified, plain].map((one) => one?.stop()));
  rmSync(dir, { recursive: true, force: true });
});

const basic = (password: string) => ({ basic: { username: 'sluice', password: { file: password } } });
const bearer = (name: string, headers = {}) => ({ bearer: { file: name }, headers });
const TENANT = { 'X-Scope-OrgID': 'team-a' };
const CA = { ca: 'ca.crt' };
const client = (name: string, key = name) => ({ ...CA, certificate: `${name}.crt`, key: `${key}.key` });

/** Where, with which login, and the sentence; an empty one: it is accepted. */
const CASES: [what: string, source: () => object, sentence: string][] = [
  ['password: accepted', () => ({ address: closed.url, login: basic('right'), tls: CA }), ''],
  [
    'password: wrong',
    () => ({ address: closed.url, login: basic('wrong'), tls: CA }),
    'refuses the login: it is wrong or has expired (HTTP 401)',
  ],
  ['password: none', () => ({ address: closed.url, tls: CA }), 'demands a login, and there is none (HTTP 401)'],
  [
    'password: its file is missing',
    () => ({ address: closed.url, login: basic('nowhere'), tls: CA }),
    'cannot be asked: the file nowhere cannot be read (ENOENT)',
  ],
  [
    'authority: unknown',
    () => ({ address: closed.url, login: basic('right') }),
    'cannot be reached: its certificate is of an authority that is not known here: name its CA',
  ],
  [
    'authority: another',
    () => ({ address: closed.url, login: basic('right'), tls: { ca: 'other-ca/ca.crt' } }),
    'its certificate is of an authority that is not known here: name its CA',
  ],
  [
    'authority: another host',
    () => ({ address: closed.url.replace('127.0.0.1', 'localhost'), login: basic('right'), tls: CA }),
    'its certificate is for another host',
  ],
  [
    'authority: another host, which is said',
    () => ({ address: closed.url, login: basic('right'), tls: { ...CA, serverName: 'other' } }),
    'its certificate is for another host',
  ],
  [
    'http where TLS is spoken',
    () => ({ address: closed.url.replace('https', 'http') }),
    'speaks TLS there: write https:// (HTTP 400)',
  ],
  [
    'https where none is spoken',
    () => ({ address: plain.url.replace('http', 'https') }),
    'it does not speak TLS there: write http://',
  ],
  ['certificate: accepted', () => ({ address: certified.url, tls: client('client') }), ''],
  ['certificate: none', () => ({ address: certified.url, tls: CA }), 'demands a client certificate, and there is none'],
  [
    'certificate: of another authority',
    () => ({ address: certified.url, tls: client('other-ca/stranger') }),
    'refuses the client certificate',
  ],
  [
    'certificate: expired',
    () => ({ address: certified.url, tls: client('ended') }),
    'refuses the client certificate: it expired at 20',
  ],
  [
    'certificate: key of another',
    () => ({ address: certified.url, tls: client('client', 'server') }),
    'the CA, client certificate or key for it cannot be used',
  ],
  ['token and tenant: accepted', () => ({ address: front.url, login: bearer('fresh', TENANT) }), ''],
  [
    'token: forged',
    () => ({ address: front.url, login: bearer('forged', TENANT) }),
    'refuses the login: it is wrong or has expired (HTTP 401)',
  ],
  [
    'token: expired',
    () => ({ address: front.url, login: bearer('expired', TENANT) }),
    'refuses the token: it expired at 20',
  ],
  [
    'token: none',
    () => ({ address: front.url, login: { headers: TENANT } }),
    'refuses the login, which has no Authorization header (HTTP 401)',
  ],
  [
    'tenant: none',
    () => ({ address: front.url, login: bearer('fresh') }),
    'wants to know the tenant: a header, such as X-Scope-OrgID (HTTP 401)',
  ],
  [
    'tenant: one that it may not read',
    () => ({ address: front.url, login: bearer('fresh', { 'X-Scope-OrgID': 'team-b' }) }),
    'knows the login, which may not query (HTTP 403)',
  ],
  [
    'proxy: accepted',
    () => ({ address: closed.url, login: basic('right'), tls: CA, proxy: { address: proxy.url, ...basic('right') } }),
    '',
  ],
  [
    'proxy: wrong',
    () => ({ address: closed.url, login: basic('right'), tls: CA, proxy: { address: proxy.url, ...basic('wrong') } }),
    'refuses its login (HTTP 407)',
  ],
  [
    'proxy: none',
    () => ({ address: closed.url, login: basic('right'), tls: CA, proxy: { address: proxy.url } }),
    'demands a login (HTTP 407)',
  ],
  [
    'proxy: not there',
    () => ({ address: 'https://prometheus.example:1', proxy: { address: proxy.url, ...basic('right') } }),
    'the proxy does not let through to metric source',
  ],
  ['proxy: to one without TLS', () => ({ address: plain.url, proxy: { address: proxy.url, ...basic('right') } }), ''],
  [
    'proxy: to one without TLS, none',
    () => ({ address: plain.url, proxy: { address: proxy.url } }),
    'demands a login (HTTP 407)',
  ],
  [
    'proxy: through it with a client certificate',
    () => ({ address: certified.url, tls: client('client'), proxy: { address: proxy.url, ...basic('right') } }),
    '',
  ],
];

function write(sources: Record<string, object>, file = join(dir, 'sluice.yaml')): string {
  const list = Object.entries(sources).map(([name, source]) => ({ name, ...source }));
  const document = { apiVersion: 'sluice.dev/v1alpha1', kind: 'Installation', metricSources: list };
  writeFileSync(file, JSON.stringify(document));
  return file;
}

async function follow(file: string): Promise<InstallationFile> {
  const installation = await watchInstallation(file);
  if ('problems' in installation) throw new Error(JSON.stringify(installation.problems));
  return installation;
}

interface Run {
  code?: number;
  stdout: string;
  stderr: string;
}

function check(file: string, environment = {}): Promise<Run> {
  const env = { ...process.env, ...environment };
  return promisify(execFile)(process.execPath, [MAIN, 'installation', 'check', file], { env }).catch((error) => error);
}

describe('a worker and `sluice installation check` say the same', () => {
  let installation: InstallationFile;
  let checked: Run;
  beforeAll(async () => {
    const sources = CASES.map(([, source], index): [string, object] => [`case-${index}`, source()]);
    const file = write(Object.fromEntries(sources));
    installation = await follow(file);
    checked = await check(file);
  });

  it.each(CASES.map(([what, , sentence], index) => ({ what, sentence, name: `case-${index}` })))(
    '$what',
    async ({ name, sentence }) => {
      const outcome = await metricSources(installation)({ source: name }).query('vector(1)');
      const told = checked.stdout.split('\n').find((line) => line.startsWith(`metric source ${name},`)) ?? '';
      for (const secret of SECRETS) expect(JSON.stringify(outcome)).not.toContain(secret);
      if (sentence === '') {
        expect(outcome).toMatchObject({ ok: true });
        expect(told).toMatch(/: answers in \d+ ms/);
      } else {
        expect(outcome).toMatchObject({ ok: false, error: { message: expect.stringContaining(sentence) } });
        expect(told).toContain(sentence);
      }
    },
  );

  it('with an exit code of its own, and no secret', () => {
    expect(checked.code).toBe(4);
    for (const secret of SECRETS) expect(checked.stdout + checked.stderr).not.toContain(secret);
  });

  it('went through the proxy where there is one', () => expect(proxy.passed()).toBeGreaterThanOrEqual(6));
});

it('a token that is written anew, and a source that is, count from the next query on', async () => {
  writeFileSync(join(dir, 'rotating'), token(-60));
  const file = write({ one: { address: front.url, login: bearer('rotating', TENANT) } });
  const open = metricSources(await follow(file));
  const ask = () => open({ source: 'one' }).query('vector(1)');
  expect(await ask()).toMatchObject({ error: { message: expect.stringContaining('it expired at') } });
  writeFileSync(join(dir, 'rotating'), token(3_600));
  expect(await ask()).toMatchObject({ ok: true });
  write({ one: { address: closed.url, login: basic('right'), tls: CA } });
  expect(await ask()).toMatchObject({ ok: true });
  writeFileSync(file, 'metricSources: [');
  expect(await ask()).toMatchObject({ ok: true });
  write({ one: { address: closed.url, tls: CA } });
  expect(await ask()).toMatchObject({ error: { kind: 'login' } });
});

it('HTTPS_PROXY and NO_PROXY are honoured, and `proxy: none` asks none', async () => {
  const source = { address: closed.url, login: basic('right'), tls: CA };
  const file = write({ usual: source, none: { ...source, proxy: 'none' } });
  const passing = async (environment: object) => {
    const before = proxy.passed();
    expect((await check(file, environment)).stdout.match(/answers in/g)).toHaveLength(2);
    return proxy.passed() - before;
  };
  const HTTPS_PROXY = proxy.url.replace('//', '//sluice:right-password@');
  expect(await passing({ HTTPS_PROXY })).toBe(1);
  expect(await passing({ HTTPS_PROXY, NO_PROXY: '127.0.0.1' })).toBe(0);
});

it('matchers and parameters are in what arrives', async () => {
  const more = { matchers: { cluster: 'a' }, parameters: { partial_response: 'false', dedup: 'true' } };
  const file = write({ one: { address: front.url, login: bearer('fresh', TENANT), ...more } });
  await metricSources(await follow(file))({ source: 'one' }).query('sum(rate(x[1m])) / y{z="1"}');
  const { query, ...rest } = Object.fromEntries(front.queries.at(-1)?.searchParams ?? []);
  expect(query).toBe('sum(rate(x{cluster="a"}[1m])) / y{cluster="a",z="1"}');
  expect(rest).toEqual(more.parameters);
});

it("a pattern that only Prometheus can tell to be wrong is a problem before anything is written, the plan's or the source's", async () => {
  const tried = async (installation: InstallationFile, analysis: object) => {
    const checks = [{ name: 'one', query: 'vector(1)', min: 1 }];
    const plan = planFor('reviews', { analysis: { ...planFor('reviews').analysis, checks, ...analysis } });
    const question = { plan, target: seriesTargetOf(plan), pods: [], patienceMs: 0 };
    return (await inspectData(metricSources(installation)(plan.analysis), question)).metrics.problems;
  };
  const series = (pattern: string) => ({
    kind: 'app',
    requests: 'r',
    unit: 's',
    matchers: { handler: { '=~': pattern } },
  });
  const address = { prometheus: plain.url };
  expect(await tried(noFile('any'), { ...address, series: series('/api/.*') })).toEqual([]);
  expect(await tried(noFile('any'), { ...address, series: series('/api/(') })).toMatchObject([
    { where: 'analysis.series.matchers', problem: expect.stringContaining('missing closing )') },
  ]);
  const file = write({ one: { address: plain.url, matchers: { cluster: { '=~': 'a(' } } } });
  const reference = { prometheus: undefined, source: 'one' };
  expect(await tried(await follow(file), reference)).toMatchObject([
    { where: 'metric source one', problem: expect.stringContaining('missing closing )') },
  ]);
});

it('what an activity hands to the history says why, and nothing of the login', async () => {
  const file = write({ one: { address: front.url, login: bearer('expired', TENANT) } });
  const handed: unknown[] = [];
  const run = { signal: new AbortController().signal, heartbeat: (details: unknown) => handed.push(details) };
  const { prometheus: _, ...analysis } = planFor('reviews').analysis;
  const plan = { ...planFor('reviews'), analysis: { ...analysis, source: 'one' } };
  const deps = { prometheus: metricSources(await follow(file)), limitMs: 300, everyMs: 100 };
  handed.push(
    plan,
    await observeAway(deps, { plan, cluster: 'local', clusterUid: 'uid', rollout: 'reviews-1', epoch: 1 }, run),
  );
  expect(handed.at(-1)).toMatchObject({ sentence: expect.stringContaining('metric source one refuses the token') });
  expect(handed.length).toBeGreaterThan(2);
  for (const secret of SECRETS) expect(JSON.stringify(handed)).not.toContain(secret);
});
