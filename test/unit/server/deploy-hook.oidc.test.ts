/** CI jobs without a secret, through the whole hook. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventOrigin } from '../../../src/contract/plan.ts';
import type { DeploySender } from '../../../src/installation/index.ts';
import { FakeTemporal } from '../../support/fakes/temporal.ts';
import { TokenIssuer } from '../../support/jwks.ts';
import { EXAMPLE, planOf } from '../../support/plan-text.ts';
import { hookServer, readSenders } from '../../support/sender.ts';

const NAME = 'registry.example.com/bookinfo/reviews';
const GITHUB = {
  ...{ iss: 'https://token.actions.githubusercontent.com', aud: 'sluice', repository: 'acme/reviews', actor: 'ann' },
  ...{ environment: 'production', ref: 'refs/heads/main', workflow: 'deploy', run_id: '42', jti: 'jti-1' },
};
const GITLAB = {
  ...{ iss: 'https://gitlab.com', aud: 'sluice', project_path: 'acme/reviews', user_login: 'bob', jti: 'jti-2' },
  ...{ ref: 'main', pipeline_id: '7', environment: 'production' },
};

let issuer: TokenIssuer;
let senders: readonly DeploySender[];
let temporal: FakeTemporal;

beforeAll(async () => {
  issuer = await TokenIssuer.start();
  senders = await readSenders(`
  - { name: actions, plans: [demo/*], oidc: { preset: github, audience: sluice, keys: "${issuer.url}", claims: { repository: acme/* } } }
  - { name: gitlab, plans: [demo/*], oidc: { preset: gitlab, audience: sluice, keys: "${issuer.url}", claims: { project_path: acme/* } } }
`);
});
afterAll(() => issuer.close());
beforeEach(() => {
  temporal = new FakeTemporal();
});

interface Job {
  claims?: object;
  body?: object;
  headers?: Record<string, string>;
  from?: EventOrigin;
  sender?: string;
}

async function send({ claims = GITHUB, body = {}, headers = {}, from, sender = 'actions' }: Job = {}) {
  const now = Math.floor(Date.now() / 1000);
  const token = await issuer.token({ iat: now, exp: now + 300, ...claims });
  const plan = { ...planOf(EXAMPLE), events: [{ image: NAME, ...(from && { from }) }] };
  const server = hookServer({ senders, plans: { plans: [{ plan, file: 'reviews.yaml' }], broken: [] }, temporal });
  const response = await server.request(`/hooks/deploy/${sender}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify({ image: `${NAME}:v3`, ...body }),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

const events = () => [...temporal.started.values()].map(({ args }) => args[0].offer.event);

describe('a job', () => {
  it('rolls out; its claims say who and why, whatever the body says', async () => {
    expect((await send({ body: { by: 'eve', reason: 'release 42' } })).status).toBe(201);
    expect(events()).toMatchObject([
      {
        ...{ source: 'actions', deliveryId: 'jti-1', by: 'ann' },
        from: { repository: 'acme/reviews', environment: 'production' },
        reason:
          'release 42; deploy of acme/reviews at refs/heads/main, https://github.com/acme/reviews/actions/runs/42',
      },
    ]);
  });

  it('of GitLab as well', async () => {
    expect((await send({ sender: 'gitlab', claims: GITLAB })).status).toBe(201);
    const reason = 'pipeline of acme/reviews at main, https://gitlab.com/acme/reviews/-/pipelines/7';
    expect(events()).toMatchObject([{ by: 'bob', reason, from: { repository: 'acme/reviews' } }]);
  });

  it('sends one delivery per token, unless it says an id', async () => {
    await send();
    expect(await send()).toMatchObject({ status: 200, body: { offers: [{ status: 'duplicate' }] } });
    expect((await send({ headers: { 'webhook-id': 'second' } })).status).toBe(201);
    expect(events().map(({ deliveryId }) => deliveryId)).toEqual(['jti-1', 'second']);
  });

  it.each<[EventOrigin, number, string?]>([
    [{ repository: 'acme/reviews' }, 201],
    [{ repository: 'acme/*', environment: 'production' }, 201],
    [{ repository: 'acme/ratings' }, 403, 'origin-refused'],
    [{ repository: 'acme/reviews', environment: 'staging' }, 403, 'origin-refused'],
  ])('rolls out where the plan takes it from: %j', async (from, status, code) => {
    const answer = await send({ from });
    expect(answer.status).toBe(status);
    if (code) expect(answer.body).toMatchObject({ error: { code } });
    expect(events()).toHaveLength(status === 201 ? 1 : 0);
  });

  it.each([
    [{ claims: { ...GITHUB, repository: 'evil/acme' } }, 401, 'claims-refused'],
    [{ claims: { ...GITHUB, aud: 'https://github.com/acme' } }, 401, 'token-refused'],
    [{ claims: { ...GITHUB, exp: 1 } }, 401, 'token-expired'],
    [{ claims: GITLAB }, 401, 'token-refused'],
    [{ headers: { authorization: 'Basic abc' } }, 401, 'header-missing'],
  ])('is refused: %j', async (job, status, code) => {
    expect(await send(job)).toMatchObject({ status, body: { error: { code } } });
    expect(events()).toEqual([]);
  });

  it('is asked to come back while the keys cannot be read', async () => {
    const [sender] = senders;
    const oidc = { ...(sender as DeploySender).oidc, keys: 'http://127.0.0.1:9/' };
    senders = [{ ...sender, name: 'lost', oidc } as DeploySender, ...senders];
    const answer = await send({ sender: 'lost' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });
});
