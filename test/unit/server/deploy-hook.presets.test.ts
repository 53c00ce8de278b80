/** The documented payload of each vendor, through the whole hook. */
import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DeploySender } from '../../../src/installation/index.ts';
import { keysOf, schemeOf } from '../../../src/intake/index.ts';
import { signWith } from '../../../src/network/signing.ts';
import { FakeTemporal } from '../../support/fakes/temporal.ts';
import { EXAMPLE, planOf } from '../../support/plan-text.ts';
import { hookServer, readSenders, secretFile } from '../../support/sender.ts';
import {
  BINARY,
  CD_IMAGE,
  CLOUD,
  DIGEST,
  deployed,
  GITHUB_PACKAGE,
  GITLAB_DEPLOYMENT,
  HARBOR_CLOUD,
  HARBOR_PUSH,
  IMAGE,
  OWN,
  PLAIN,
  PURL,
  published,
  REPOSITORY,
  RESOURCE,
  STRUCTURED,
} from './support/vendor-payloads.ts';

const WHSEC = secretFile(`whsec_${Buffer.alloc(32, 5).toString('base64')}`).file;
const TEXT = secretFile('a-secret-of-some-length').file;

const SENDERS = `
  - { name: standard, plans: [demo/*], signature: { preset: standard-webhooks, secrets: [{ file: ${WHSEC} }] } }
  - { name: github, plans: [demo/*], signature: { preset: github, secrets: [{ file: ${TEXT} }] } }
  - { name: gitlab, plans: [demo/*], signature: { preset: gitlab, secrets: [{ file: ${WHSEC} }] } }
  - { name: gitlab-old, plans: [demo/*], signature: { preset: gitlab-token, secrets: [{ file: ${TEXT} }] } }
  - { name: harbor, plans: [demo/*], signature: { preset: harbor, secrets: [{ file: ${TEXT} }] } }
  - { name: events, plans: [demo/*], signature: { preset: standard-webhooks, secrets: [{ file: ${WHSEC} }] }, read: cloudevents }
  - { name: cd, plans: [demo/*], signature: { preset: standard-webhooks, secrets: [{ file: ${WHSEC} }] }, read: cdevents }
  - name: own
    plans: [demo/*]
    signature: { header: x-sig, prefix: "t=", signed: "{timestamp}:{body}", timestamp: x-at, tolerance: 1m, secrets: [{ file: ${TEXT} }] }
    read: { when: { /kind: [pushed] }, image: "registry.example.com/{/repo}", tag: /tag, by: /who, id: /uuid }
  - { name: elsewhere, plans: [other/*], signature: { preset: standard-webhooks, secrets: [{ file: ${WHSEC} }] } }
`;

type Row = [what: string, sender: string, payload: object, event: object, headers?: Record<string, string>];
const PUSHES: Row[] = [
  ['the plain event', 'standard', PLAIN, { image: PLAIN.image }],
  [
    'a package',
    'github',
    GITHUB_PACKAGE,
    { image: `ghcr.io/acme/reviews:v3@${DIGEST}`, by: 'octocat', builtAt: '2026-11-21T11:00:00.000Z' },
  ],
  [
    'a registry package',
    'github',
    { action: 'published', registry_package: GITHUB_PACKAGE.package, sender: { login: 'octocat' } },
    { image: `ghcr.io/acme/reviews:v3@${DIGEST}`, by: 'octocat' },
  ],
  [
    'a deployment',
    'gitlab',
    GITLAB_DEPLOYMENT,
    {
      ...{ image: 'registry.gitlab.com/acme/reviews:279484c0', by: 'root', builtAt: '2026-11-21T10:50:00.000Z' },
      reason: 'deployed to staging, https://gitlab.com/acme/reviews/-/jobs/796',
    },
  ],
  ['a deployment, old token', 'gitlab-old', GITLAB_DEPLOYMENT, { image: 'registry.gitlab.com/acme/reviews:279484c0' }],
  ['a push', 'harbor', HARBOR_PUSH, { image: IMAGE, by: 'harbor-jobservice', builtAt: '2023-04-03T06:04:53.000Z' }],
  ['a push as CloudEvent', 'harbor', HARBOR_CLOUD, { image: IMAGE, by: 'admin' }, STRUCTURED],
  ['a structured CloudEvent', 'events', CLOUD, { image: PLAIN.image }, STRUCTURED],
  ['a binary CloudEvent', 'events', PLAIN, { image: PLAIN.image }, BINARY],
  [
    'an artifact',
    'cd',
    published(PURL),
    { image: CD_IMAGE, by: 'mybot-myapp', reason: 'artifact.published, says /event/source/123' },
    STRUCTURED,
  ],
  ['a service', 'cd', deployed(PURL), { image: CD_IMAGE, builtAt: '2026-11-21T14:27:05.315Z' }, STRUCTURED],
  [
    'a service without a tag',
    'cd',
    deployed(PURL.replace('&tag=v3-RC1', '')),
    { image: `registry.example.com/bookinfo/reviews@${DIGEST}` },
    STRUCTURED,
  ],
  [
    'capitals',
    'own',
    { ...OWN, repo: 'BookInfo/reviews', tag: 'V3-RC1' },
    { image: 'registry.example.com/bookinfo/reviews:V3-RC1' },
  ],
  ['pointers of their own', 'own', OWN, { image: 'registry.example.com/bookinfo/reviews:v3', by: 'ann' }],
];

const NOTHING: [what: string, sender: string, payload: object, headers?: Record<string, string>][] = [
  ['ping of GitHub', 'github', { zen: 'Design for failure.', hook_id: 1, hook: {} }],
  ['a deleted package', 'github', { ...GITHUB_PACKAGE, action: 'deleted' }],
  [
    'one platform of several',
    'github',
    {
      ...GITHUB_PACKAGE,
      package: {
        ...GITHUB_PACKAGE.package,
        package_version: { version: DIGEST, container_metadata: { tag: { name: '' } } },
      },
    },
  ],
  ['an npm package', 'github', { ...GITHUB_PACKAGE, package: { ...GITHUB_PACKAGE.package, package_type: 'npm' } }],
  ['a deployment that runs', 'gitlab', { ...GITLAB_DEPLOYMENT, status: 'running' }],
  ['a pipeline', 'gitlab', { object_kind: 'pipeline', object_attributes: { status: 'success' } }],
  ['a scan', 'harbor', { ...HARBOR_PUSH, type: 'SCANNING_COMPLETED' }],
  ['a scan as CloudEvent', 'harbor', { ...HARBOR_CLOUD, type: 'harbor.scan.completed' }, STRUCTURED],
  ['a module', 'cd', published('pkg:golang/mygit.com/myorg/myapp@234fd47e07d1004f0aed9c'), STRUCTURED],
  ['a removed service', 'cd', { ...deployed(PURL), type: 'dev.cdevents.service.removed.0.2.0' }, STRUCTURED],
  ['a ping of ours', 'standard', { ping: true }],
  ['a list', 'github', []],
];

let senders: readonly DeploySender[];
let server: ReturnType<typeof hookServer>;
let temporal: FakeTemporal;

beforeAll(async () => {
  senders = await readSenders(SENDERS);
});

const IMAGES = ['registry.example.com/bookinfo/reviews', 'ghcr.io/acme/reviews', 'registry.gitlab.com/acme/reviews'];

function start(images = IMAGES) {
  temporal = new FakeTemporal();
  const plan = { ...planOf(EXAMPLE), events: images.map((image) => ({ image })) };
  server = hookServer({ senders, plans: { plans: [{ plan, file: 'reviews.yaml' }], broken: [] }, temporal });
}

interface Sent {
  sender: string;
  payload: object;
  headers?: Record<string, string>;
  /** Of what is signed into what is sent. */
  change?: (body: string) => string;
  signed?: boolean;
  id?: string;
  now?: number;
  path?: string;
}

async function send({ sender: name, payload, headers = {}, change = (body) => body, signed = true, ...sent }: Sent) {
  const sender = senders.find((one) => one.name === name);
  if (!sender?.signature) throw new Error(`no sender ${name}`);
  const body = JSON.stringify(payload);
  const [key = Buffer.alloc(0)] = await keysOf(sender, '.');
  const { id = 'evt_1', now = Date.now(), path = `/hooks/deploy/${name}` } = sent;
  const proof = signWith(schemeOf(sender.signature), [key], { id, now }, Buffer.from(body));
  const all = { 'content-type': 'application/json', ...(signed && proof), ...headers };
  const response = await server.request(path, { method: 'POST', headers: all, body: change(body) });
  return { status: response.status, body: await response.json() };
}

const events = () => [...temporal.started.values()].map(({ args }) => args[0].offer.event);

describe.each(PUSHES)('%s of %s', (_what, sender, payload, event, headers) => {
  it('is one offer, again is a duplicate', async () => {
    start();
    expect(await send({ sender, payload, headers })).toMatchObject({
      status: 201,
      body: { offers: [{ status: 'started' }] },
    });
    expect(await send({ sender, payload, headers })).toMatchObject({
      status: 200,
      body: { offers: [{ status: 'duplicate' }] },
    });
    expect(events()).toMatchObject([{ ...event, source: sender }]);
  });

  it('tampered, unsigned, of a foreign image is refused, and nothing starts', async () => {
    start();
    const change = (body: string) => body.replace('reviews', 'ratings');
    const isFixed = ['harbor', 'gitlab-old'].includes(sender);
    if (!isFixed) expect(await send({ sender, payload, headers, change })).toMatchObject({ status: 401 });
    expect(await send({ sender, payload, headers, signed: false })).toMatchObject({ status: 401 });
    start(['registry.example.com/other']);
    expect(await send({ sender, payload, headers })).toMatchObject({
      status: 404,
      body: { error: { code: 'plan-unknown' } },
    });
    expect(events()).toEqual([]);
  });
});

it.each(NOTHING)('%s of %s is answered and starts nothing', async (_what, sender, payload, headers) => {
  start();
  const { status, body } = await send({ sender, payload, headers });
  expect([status, body]).toMatchObject([200, { offers: [], nothing: expect.stringMatching(/\w/) }]);
  expect(events()).toEqual([]);
});

it.each(['standard', 'gitlab', 'own'])('a stale event of %s is refused', async (sender) => {
  start();
  expect(await send({ sender, payload: PLAIN, now: Date.now() - 301_000 })).toMatchObject({
    status: 401,
    body: { error: { code: 'timestamp-stale' } },
  });
});

describe('what is unsigned proves nothing', () => {
  it('the id in a header of GitHub: the body makes the delivery', async () => {
    start();
    for (const guid of ['1', '2'])
      await send({ sender: 'github', payload: GITHUB_PACKAGE, headers: { 'x-github-delivery': guid } });
    expect(events()).toHaveLength(1);
  });

  it('the ce-id of a body that is signed alone', async () => {
    start();
    const known = senders;
    senders = known.map((one) => (one.name === 'github' ? { ...one, read: 'cloudevents' } : one));
    start();
    senders = known;
    for (const id of ['1', '2']) await send({ sender: 'github', payload: PLAIN, headers: { ...BINARY, 'ce-id': id } });
    expect(events()).toHaveLength(1);
  });
});

describe('several images of one event', () => {
  const other = { ...RESOURCE, tag: 'v4', resource_url: 'registry.example.com/bookinfo/reviews:v4' };
  const foreign = { ...RESOURCE, resource_url: 'registry.example.com/bookinfo/other:v3' };
  const push = (resources: object[]) => ({ ...HARBOR_PUSH, event_data: { resources, repository: REPOSITORY } });

  it('are offers of their own', async () => {
    start();
    expect(await send({ sender: 'harbor', payload: push([RESOURCE, other]) })).toMatchObject({ status: 201 });
    expect(events().map(({ image }) => image?.slice(-74, -72))).toEqual(['3@', '4@'].map((end) => `v${end[0]}`));
    expect(new Set(events().map(({ deliveryId }) => deliveryId)).size).toBe(2);
  });

  it('do not keep each other', async () => {
    start();
    const { status, body } = await send({ sender: 'harbor', payload: push([foreign, RESOURCE]) });
    expect([status, body]).toMatchObject([
      201,
      { offers: [{ status: 'started' }], refused: [{ code: 'plan-unknown', image: expect.stringContaining('other') }] },
    ]);
  });

  it.each([[Array(51).fill(RESOURCE)], ['none']])('51, or no list, are refused', async (resources) => {
    start();
    expect(await send({ sender: 'harbor', payload: push(resources as object[]) })).toMatchObject({ status: 422 });
  });
});

describe('who sends', () => {
  it('is found by its headers where only one fits', async () => {
    start();
    expect(await send({ sender: 'github', payload: GITHUB_PACKAGE, path: '/hooks/deploy' })).toMatchObject({
      status: 201,
    });
    expect(events()).toMatchObject([{ source: 'github' }]);
  });

  it('must be named where several do, and be known', async () => {
    start();
    expect(await send({ sender: 'standard', payload: PLAIN, path: '/hooks/deploy' })).toMatchObject({
      status: 400,
      body: { error: { code: 'sender-ambiguous' } },
    });
    expect(await send({ sender: 'standard', payload: PLAIN, path: '/hooks/deploy/nobody' })).toMatchObject({
      status: 404,
      body: { error: { code: 'sender-unknown' } },
    });
  });

  it.each([PLAIN, { plan: 'demo/reviews' }, { plan: 'reviews' }, { ...PLAIN, plan: 'reviews' }])(
    'sends for its scope only: %j',
    async (payload) => {
      start();
      expect(await send({ sender: 'elsewhere', payload })).toMatchObject({
        status: 403,
        body: { error: { code: 'outside-scope' } },
      });
      expect(events()).toEqual([]);
    },
  );

  it('is not listened to before the headers show it', async () => {
    start();
    let pulled = 0;
    const pull = () => {
      pulled += 1;
    };
    const body = new ReadableStream({ pull }, { highWaterMark: 0 });
    const sent = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' };
    const response = await server.request('/hooks/deploy/github', sent as RequestInit);
    expect([response.status, response.headers.get('connection'), pulled]).toEqual([401, 'close', 0]);
  });

  it('whose secret cannot be read is asked to come back', async () => {
    start();
    const [first] = senders;
    const signature = { preset: 'github' as const, secrets: [{ file: '/nowhere/secret' }] };
    server = hookServer({
      senders: [{ ...(first as DeploySender), name: 'lost', signature }],
      plans: { plans: [], broken: [] },
      temporal,
    });
    const mac = createHmac('sha256', 'x').update('{}').digest('hex');
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${mac}` };
    const response = await server.request('/hooks/deploy/lost', { method: 'POST', headers, body: '{}' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });
});
