/** People by the tokens of an identity provider, through the whole app, with an operator's file and keys asked for on this machine. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type InstallationFile, watchInstallation } from '../../../../src/installation/index.ts';
import { createApp } from '../../../../src/server/app.ts';
import { INSTALLATION_HEAD } from '../../../support/authority.ts';
import { FakeTemporal } from '../../../support/fakes/temporal.ts';
import { TokenIssuer } from '../../../support/jwks.ts';

const NOW = Math.floor(Date.now() / 1000);
const CLAIMS = { iss: 'https://a.example', aud: 'sluice', sub: 'u-1', iat: NOW, exp: NOW + 300 };
const OF_JOBS = [
  'https://token.actions.githubusercontent.com',
  'https://token.actions.githubusercontent.com/acme',
  'https://github.acme.example/_services/token',
];

let issuer: TokenIssuer;
let app: ReturnType<typeof createApp>;
beforeAll(async () => {
  issuer = await TokenIssuer.start();
});
afterAll(() => issuer.close());
beforeEach(() => install());

async function install(more = ''): Promise<void> {
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-identity-')), 'sluice.yaml');
  writeFileSync(
    file,
    `${INSTALLATION_HEAD}people:
  - { name: ann, groups: [sre, platform], oidc: [{ provider: corp, subject: u-1 }] }
  - { name: bob, oidc: [{ provider: corp, subject: bob@a.example }] }
  - { name: job, oidc: [{ provider: jobs-0, subject: "repo:acme/*" }, { provider: jobs-0, subject: "repo:acme/shop:ref" }] }
identityProviders:
  - { name: corp, issuer: "https://a.example", keys: "${issuer.url}", audience: sluice${more} }
  - { name: other, issuer: "https://b.example", keys: "${issuer.url}", audience: sluice }
${OF_JOBS.map((of, index) => `  - { name: jobs-${index}, issuer: "${of}", keys: "${issuer.url}", audience: sluice }\n`).join('')}`,
  );
  const installation = (await watchInstallation(file)) as InstallationFile;
  app = createApp({
    plans: { current: async () => ({ plans: [], broken: [] }) },
    senders: async () => ({ senders: [], dir: '.' }),
    ...{ installation, temporal: new FakeTemporal().client(), cluster: 'local', log: pino({ level: 'silent' }) },
  });
}

async function me(token: string): Promise<string> {
  const response = await app.request('/api/v1/me', { headers: { authorization: `Bearer ${token}` } });
  const body = (await response.json()) as { name?: string; groups: string[]; code: string };
  return `${response.status} ${body.name ? [body.name, ...body.groups].join(' ') : body.code}`;
}

it.each<[string, object, string]>([
  ['their own', {}, '200 ann sre platform'],
  ['a list of audiences with ours', { aud: ['x', 'sluice'] }, '200 ann sre platform'],
  ['another audience', { aud: 'sluice2' }, '401 token-refused'],
  ['an issuer with a slash more', { iss: 'https://a.example/' }, '401 token-unknown'],
  ['another issuer that the file names', { iss: 'https://b.example' }, '403 person-unknown'],
  ['an end that is over', { exp: NOW - 90 }, '401 token-expired'],
  ['a beginning to come', { nbf: NOW + 90 }, '401 token-refused'],
  ['a subject in capitals', { sub: 'U-1' }, '403 person-unknown'],
  ['a subject with a line break', { sub: 'u-1\n' }, '403 person-unknown'],
  ['a subject in a list', { sub: undefined, name: ['u-1'] }, '403 person-unknown'],
])('a token with %s', async (_what, changes, expected) => {
  expect(await me(await issuer.token({ ...CLAIMS, ...changes }))).toBe(expected);
});

it('what an issuer signs for something else proves nobody', async () => {
  expect(await me(await issuer.token(CLAIMS, 'k1', issuer.keys(), 'logout+jwt'))).toBe('401 token-refused');
});

it('an address counts where it is verified, and groups where both say them', async () => {
  await install(', person: /email, groups: /groups');
  const bob = { ...CLAIMS, email: 'bob@a.example', groups: ['sre'] };
  expect(await me(await issuer.token(bob))).toBe('403 person-unknown');
  expect(await me(await issuer.token({ ...bob, email_verified: 'true' }))).toBe('403 person-unknown');
  expect(await me(await issuer.token({ ...bob, email_verified: true }))).toBe('200 bob');
  await install(', groups: /groups');
  expect(await me(await issuer.token({ ...CLAIMS, groups: ['sre', 'admin'] }))).toBe('200 ann sre');
  expect(await me(await issuer.token(CLAIMS))).toBe('200 ann');
});

it('tells how to log in to whoever asks, and nothing else', async () => {
  const response = await app.request('/api/v1/login');
  const scope = 'openid email offline_access';
  expect(await response.json()).toMatchObject({
    providers: [{ provider: 'corp', issuer: 'https://a.example', client: 'sluice', scope }, { provider: 'other' }],
  });
  expect((await app.request('/api/v1/me')).status).toBe(401);
});

it('offers nobody to log in by an issuer of the tokens of jobs, which proves jobs all the same', async () => {
  const { providers } = (await (await app.request('/api/v1/login')).json()) as { providers: { provider: string }[] };
  expect(providers.map(({ provider }) => provider)).toEqual(['corp', 'other']);
  const page = await (await app.request('/login')).text();
  expect(page.match(/Log in with [\w-]+(?=<\/a>)/g)).toEqual(['Log in with corp', 'Log in with other']);
  expect((await app.request('/login/with/jobs-0')).status).toBe(404);
  const job = { ...CLAIMS, iss: OF_JOBS[0], sub: 'repo:acme/shop:ref' };
  expect(await me(await issuer.token(job))).toBe('200 job');
  // a subject is no pattern
  expect(await me(await issuer.token({ ...job, sub: 'repo:acme/another:ref' }))).toBe('403 person-unknown');
});
