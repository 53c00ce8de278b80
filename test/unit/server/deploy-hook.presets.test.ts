/** The documented payload of each vendor, through the whole hook. */
import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DeploySender } from '../../../src/installation/index.ts';
import { keysOf, schemeOf } from '../../../src/intake/index.ts';
import { signWith } from '../../../src/network/signing.ts';
import { FakeTemporal } from '../../support/fakes/temporal.ts';
import { EXAMPLE, planOf } from '../../support/plan-text.ts';
import { hookServer, readSenders, secretFile } from '../../support/sender.ts';

const WHSEC = secretFile(`whsec_${Buffer.alloc(32, 5).toString('base64')}`).file;
const TEXT = secretFile('a-secret-of-some-length').file;
const DIGEST = `sha256:${'4d'.repeat(32)}`;

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

/** GitHub, "Webhook events and payloads", package, shortened to what is read and a little more. */
const GITHUB_PACKAGE = {
  action: 'published',
  package: {
    ...{ id: 10696, name: 'reviews', namespace: 'Acme', ecosystem: 'CONTAINER', package_type: 'CONTAINER' },
    package_version: {
      ...{ id: 95, version: DIGEST, html_url: 'https://github.com/orgs/Acme/packages/container/reviews/95' },
      container_metadata: { tag: { name: 'v3', digest: DIGEST }, labels: {}, manifest: {} },
      created_at: '2026-11-21T11:00:00Z',
    },
  },
  repository: { full_name: 'Acme/reviews' },
  sender: { login: 'octocat' },
};
/** GitLab, "Webhook events", deployment events. */
const GITLAB_DEPLOYMENT = {
  ...{
    object_kind: 'deployment',
    status: 'success',
    status_changed_at: '2026-11-21 12:50:00 +0200',
    deployment_id: 15,
  },
  ...{ deployable_id: 796, deployable_url: 'https://gitlab.com/acme/reviews/-/jobs/796', environment: 'staging' },
  project: { id: 30, name: 'reviews', path_with_namespace: 'acme/reviews' },
  ...{ short_sha: '279484c0', user: { id: 1, name: 'Administrator', username: 'root' }, commit_title: 'Add new file' },
};
const REPOSITORY = { name: 'reviews', namespace: 'bookinfo', repo_full_name: 'bookinfo/reviews', repo_type: 'private' };
const RESOURCE = { digest: DIGEST, tag: 'v3', resource_url: 'registry.example.com/bookinfo/reviews:v3' };
/** Harbor, "Configure webhook notifications": default and CloudEvents format. */
const HARBOR_PUSH = {
  ...{ type: 'PUSH_ARTIFACT', occur_at: 1_680_501_893, operator: 'harbor-jobservice' },
  event_data: { resources: [RESOURCE], repository: REPOSITORY },
};
const HARBOR_CLOUD = {
  ...{ specversion: '1.0', id: '66ac88ad-8cc7-47e4-a4e3-6d2a5a6c5a3b', source: '/projects/1/webhook/policies/15' },
  ...{
    type: 'harbor.artifact.pushed',
    datacontenttype: 'application/json',
    time: '2026-11-21T07:11:33Z',
    operator: 'admin',
  },
  data: { resources: [RESOURCE], repository: REPOSITORY },
};
const PLAIN = { image: 'registry.example.com/bookinfo/reviews:v3' };
const CLOUD = { specversion: '1.0', id: 'a-1', source: '/ci', type: 'example.pushed', data: PLAIN };
const OWN = { kind: 'pushed', repo: 'bookinfo/reviews', tag: 'v3', who: 'ann\n', uuid: 'not a plain id' };
const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const BINARY = { 'ce-specversion': '1.0', 'ce-id': 'a-1', 'ce-source': '/ci', 'ce-type': 'example.pushed' };
/** CDEvents 0.5, its conformance samples with our image. */
const PURL = `pkg:oci/reviews@${DIGEST.replace(':', '%3A')}?repository_url=registry.example.com/bookinfo/reviews&tag=v3-RC1`;
const cdEvent = (type: string, subject: object) => ({
  ...{ specversion: '1.0', id: '271069a8-fc18-44f1-b38f-9d70a1695819', source: '/event/source/123', type },
  data: {
    context: {
      ...{ specversion: '0.5.1', id: '271069a8-fc18-44f1-b38f-9d70a1695819', source: '/event/source/123', type },
      ...{ timestamp: '2026-11-21T14:27:05.315384Z', chainId: '4c8cb7dd-3448-41de-8768-eec704e2829b' },
    },
    subject: { source: '/event/source/123', ...subject },
  },
});
const published = (id: string) =>
  cdEvent('dev.cdevents.artifact.published.0.3.0', { id, content: { user: 'mybot-myapp' } });
const deployed = (artifactId: string) =>
  cdEvent('dev.cdevents.service.deployed.0.2.0', {
    ...{ id: 'mySubject123', type: 'service', content: { environment: { id: 'test123' }, artifactId } },
  });
const CD_IMAGE = `registry.example.com/bookinfo/reviews:v3-RC1@${DIGEST}`;
const IMAGE = `registry.example.com/bookinfo/reviews:v3@${DIGEST}`;

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
