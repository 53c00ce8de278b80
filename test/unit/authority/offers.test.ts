import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeOffer, vouchForOffer } from '../../../src/authority/index.ts';
import type { Offer } from '../../../src/contract/offer.ts';
import { type Installation, noFile, watchInstallation } from '../../../src/installation/index.ts';
import { INSTALLATION_HEAD, testServer, vouched } from '../../support/authority.ts';
import { planFor } from '../../support/plan.ts';

const main = testServer('main');
const narrow = testServer('narrow');
const watch = testServer('watch');
const file = join(mkdtempSync(join(tmpdir(), 'sluice-offers-')), 'sluice.yaml');
writeFileSync(
  file,
  `${INSTALLATION_HEAD}servers:
  - { name: main, keys: [${main.key.id}], vouchesFor: { people: ["*"], verbs: ["*"], plans: ["*/*"] } }
  - { name: narrow, keys: [${narrow.key.id}], vouchesFor: { people: [ann], verbs: [pause, abort], plans: ["*/*"] } }
  - { name: watch, keys: [${watch.key.id}], vouchesFor: { people: [], senders: [canaries], verbs: [run], plans: ["*/*"] } }
senders:
  - { name: canaries, plans: [demo/*], canary: true }
  - { name: ci, plans: [demo/*], signature: { preset: standard-webhooks, secrets: [{ env: CI }] } }
  - { name: web, plans: [shop/*], signature: { preset: standard-webhooks, secrets: [{ env: WEB }] } }
people:
  - { name: ann, may: [{ verbs: [run], plans: [demo/*], clusters: [local] }] }
  - { name: ivy, may: [{ verbs: [run, run-any-plan], plans: [demo/*] }] }
  - { name: bob, may: [{ verbs: [view, abort], plans: ["*/*"] }] }
`,
);
const read = await watchInstallation(file);
if ('problems' in read) throw new Error(JSON.stringify(read.problems));
const installation: Installation = read.known;

const NOW = Date.parse('2026-11-30T12:00:00.000Z');
const plan = planFor('shop');
const EVENT = { source: 'ci', deliveryId: '1', receivedAt: '2026-11-30T12:00:00.000Z', image: 'reviews:v2', by: 'eve' };
const FROM_CI: Offer = { id: 'ci/1', event: EVENT, plan, planFile: 'shops/shop.yaml' };
const as = (name: string): Partial<Offer> => ({
  event: { ...EVENT, source: 'cli' },
  actor: { name, channel: 'api' },
});

interface Case {
  /** What is vouched for. */
  offer?: Partial<Offer>;
  /** What is handed in. */
  sent?: Partial<Offer>;
  by?: typeof main;
  cluster?: string;
  /** Of the worker that judges. */
  at?: string;
  nowMs?: number;
}

async function judged({ offer, sent, by = main, cluster = 'local', at = 'local', nowMs = NOW }: Case) {
  const signed = { ...(await vouchForOffer({ ...FROM_CI, ...offer }, cluster, by.key)), ...sent };
  const { namespace, name } = signed.plan;
  const input = { offer: signed, cluster: at, workflow: `rollout/${at}/${namespace}/${name}` };
  return judgeOffer(JSON.parse(JSON.stringify(input)), installation, nowMs);
}

describe('an offer', () => {
  it('is of a sender in its scope, or of a person who may run the plan', async () => {
    expect(await judged({})).toEqual({ issuedAt: EVENT.receivedAt });
    expect(await judged({ offer: as('ann') })).toEqual({ issuedAt: EVENT.receivedAt, by: 'ann · api' });
    expect(await judged({ offer: { ...as('ivy'), planFile: undefined } })).toHaveProperty('by', 'ivy · api');
    expect(await judged({ nowMs: NOW + 7 * 86_400_000 })).toHaveProperty('issuedAt');
  });

  it('of a watched canary is of the sender that watches, whichever server says so', async () => {
    const { image: _, ...event } = { ...EVENT, source: 'canaries', mark: '0a/1b' };
    expect(await judged({ offer: { event }, by: watch })).toEqual({ issuedAt: EVENT.receivedAt });
    expect(await judged({ offer: { event } })).toEqual({ issuedAt: EVENT.receivedAt });
  });

  it.each<[string, Case, RegExp]>([
    ['a canary of another sender', { offer: { event: { ...EVENT, mark: '0a/1b' } } }, /ci watches no canaries/],
    [
      'an image of the watcher',
      { offer: { event: { ...EVENT, source: 'canaries' } } },
      /only tells of watched canaries/,
    ],
    [
      'another mark',
      {
        offer: { event: { ...EVENT, source: 'canaries', mark: '0a/1b' } },
        sent: { event: { ...EVENT, source: 'canaries', mark: '0a/2c' } },
      },
      /about another offer/,
    ],
    ['a sender whom the server may not speak for', { by: watch }, /watch may not vouch for the sender ci/],
    ['a person whom it may not speak for', { offer: as('ann'), by: watch }, /watch may not vouch for ann/],
    ['another image', { sent: { event: { ...EVENT, image: 'reviews:evil' } } }, /about another offer/],
    ['another name in it', { sent: { event: { ...EVENT, by: 'mo' } } }, /about another offer/],
    ['another id', { sent: { id: 'ci/2' } }, /about another offer/],
    ['another person', { offer: as('ann'), sent: as('ivy') }, /about another offer/],
    ['a person taken out', { offer: as('bob'), sent: { actor: undefined } }, /about another offer/],
    ['another plan text', { sent: { plan: planFor('shop', { acceptance: [] }) } }, /about another offer/],
    ['another file', { sent: { planFile: 'other.yaml' } }, /about another offer/],
    ['another plan', { sent: { plan: planFor('cart') } }, /about rollout\/local\/demo\/shop, not/],
    ['another cluster', { at: 'eu' }, /about rollout\/local\/demo\/shop, not/],
    [
      'a plan outside the scope',
      { offer: { event: { ...EVENT, source: 'web' } } },
      /sender web may not run demo\/shop/,
    ],
    ['an unknown sender', { offer: { event: { ...EVENT, source: 'new' } } }, /sender new is not in the installation/],
    ['a plan that a sender brings', { offer: { planFile: undefined } }, /may not bring a plan of its own/],
    ['a person without the right', { offer: as('bob') }, /bob may not run demo\/shop on cluster local/],
    ['a person in another cluster', { offer: as('ann'), cluster: 'eu', at: 'eu' }, /ann may not run .* cluster eu/],
    ['an unknown person', { offer: as('zed') }, /zed is not in the installation/],
    ['a plan of no source', { offer: { ...as('ann'), planFile: undefined } }, /ann may not run-any-plan/],
    ['a server without run', { by: narrow, offer: as('ann') }, /narrow may not vouch for ann to run demo\/shop/],
    ['a server without run, of a sender', { by: narrow }, /narrow may not vouch for senders to run/],
    ['a key that nobody knows', { by: testServer() }, /key of the server is not in the installation/],
    ['its age', { nowMs: NOW + 7 * 86_400_000 + 1 }, /older than 168h/],
    ['a clock that is ahead', { nowMs: NOW - 61_000 }, /from the future/],
    ['a time that is none', { offer: { event: { ...EVENT, receivedAt: 'x' } } }, /older than/],
    ['no statement', { sent: { statement: undefined } }, /no server vouches for it/],
    ['no statement at all', { sent: { statement: 'x' } }, /malformed/],
    ['somebody else’s key', { by: { ...main, key: { ...narrow.key, id: main.key.id } } }, /not made with the key/],
  ])('is refused for %s', async (_, given, refused) => {
    expect(await judged(given)).toMatchObject({ refused: expect.stringMatching(refused) });
  });

  it('is not proven by a statement about an action', async () => {
    const action = { id: 'a', verb: 'abort' as const, rollout: 'shop-1', actor: { name: 'ann', channel: 'api' } };
    const { statement } = (await vouched(action, plan, 'local', main)).actor;
    expect(await judged({ sent: { statement } })).toMatchObject({ refused: expect.stringMatching(/not made with/) });
  });

  it('needs no proof where the installation names nobody, unless it says so', async () => {
    const input = { offer: FROM_CI, cluster: 'local', workflow: 'rollout/local/demo/shop' };
    const nobody = noFile().known;
    expect(await judgeOffer(input, nobody, NOW)).toEqual({});
    expect(await judgeOffer({ ...input, offer: { ...FROM_CI, statement: 'x' } }, nobody, NOW)).toEqual({});
    expect(await judgeOffer(input, { ...nobody, unproven: 'closed' }, NOW)).toHaveProperty('refused');
    expect(await judgeOffer(input, { ...nobody, people: installation.people }, NOW)).toHaveProperty('refused');
  });
});
