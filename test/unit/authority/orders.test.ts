import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { judgeOrder, type Order } from '../../../src/authority/index.ts';
import { type Installation, NO_INSTALLATION } from '../../../src/installation/installation.ts';
import { ordered, testServer, vouched } from '../../support/authority.ts';

const main = testServer();
const narrow = testServer();
const everything = { verbs: ['*' as const], plans: ['*/*'] };
const may = (verb: 'mirror' | 'repair') => [{ verbs: [verb], plans: ['demo/*'], clusters: ['local'] }];
const person = { groups: [], slack: [], oidc: [], tokens: [] };
const known: Installation = {
  ...NO_INSTALLATION,
  people: [
    { ...person, name: 'ann', may: may('mirror') },
    { ...person, name: 'bob', may: may('repair') },
  ],
  servers: [
    { name: 'main', keys: [main.key.id], vouchesFor: { people: ['*'], ...everything } },
    { name: 'narrow', keys: [narrow.key.id], vouchesFor: { people: ['*'], verbs: ['run'], plans: ['*/*'] } },
  ],
};
const SPEC = { name: 'watch', namespace: 'demo', percent: 10 };
const ORDER = { right: 'mirror', cluster: 'local', person: 'ann', what: SPEC } as const;

interface Case {
  said?: Partial<Order>;
  by?: typeof main;
  what?: object;
  atMs?: number;
  at?: { cluster?: string; namespace?: string };
  right?: Order['right'];
}

async function judged({ said, by = main, what = SPEC, atMs = Date.now(), at = {}, right = 'mirror' }: Case) {
  const statement = await ordered({ ...ORDER, ...said }, by);
  const fits = (one: unknown) => isDeepStrictEqual(one, what);
  const about = { cluster: 'local', namespace: 'demo', plan: 'watch', ...at, fits, atMs };
  return judgeOrder(statement, right, about, known);
}

describe('an order', () => {
  it('is of who may, of whom a server speaks, until its date', async () => {
    expect(await judged({})).toEqual({ by: 'ann' });
    expect(await judged({ right: 'repair', said: { right: 'repair', person: 'bob' } })).toEqual({ by: 'bob' });
  });

  it.each<[string, Case, RegExp]>([
    ['another mirror', { what: { ...SPEC, percent: 100 } }, /about something else/],
    ['a repair', { right: 'repair' }, /about something else/],
    ['another cluster', { at: { cluster: 'eu' } }, /about something else/],
    ['a place that is not theirs', { at: { namespace: 'shop' } }, /ann may not mirror shop\/watch/],
    ['a verb that is not theirs', { said: { person: 'bob' } }, /bob may not mirror demo\/watch/],
    ['nobody', { said: { person: 'zed' } }, /zed is not in the installation/],
    ['a server without the verb', { by: narrow }, /narrow may not vouch for ann to mirror/],
    ['an unknown key', { by: testServer() }, /key of the server is not in the installation/],
    ['its date', { atMs: Date.now() + 700_000 }, /was good until/],
    ['a date that is none', { said: { until: 'ever' } }, /was good until ever/],
  ])('is refused for %s', async (_, given, refused) => {
    expect(await judged(given)).toMatchObject({ refused: expect.stringMatching(refused) });
  });

  it('is asked for where the installation names somebody, and is no other statement', async () => {
    const about = { cluster: 'local', namespace: 'demo', plan: 'watch', fits: () => true, atMs: Date.now() };
    expect(await judgeOrder(undefined, 'mirror', about, known)).toHaveProperty('refused');
    expect(await judgeOrder(undefined, 'mirror', about, NO_INSTALLATION)).toEqual({});
    const action = { id: 'a', verb: 'abort' as const, rollout: 'x', actor: { name: 'ann', channel: 'api' } };
    const { statement } = (await vouched(action, SPEC, 'local', main)).actor;
    expect(await judgeOrder(statement, 'mirror', about, known)).toHaveProperty('refused');
  });
});
