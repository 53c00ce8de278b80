import { expect, it } from 'vitest';
import { verifyActor } from '../../../src/activities/verify-actor.ts';
import type { Action } from '../../../src/contract/action.ts';
import { withStatement } from '../../../src/steering/actor.ts';

const action: Action = {
  id: 'a1',
  verb: 'abort',
  actor: { name: 'mo', channel: 'cli' },
  reason: 'errors',
  rollout: 'reviews-7',
  revision: '77c0a1b2c3',
  question: 'reviews-7/refused/route/1',
  answer: 'retry',
};
const verify = (action: Action) => verifyActor('key', action);

it('a signed action is verified by the same key alone', async () => {
  const signed = withStatement(action, 'key');
  expect(signed.actor.statement).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
  expect(await verify(signed)).toBe(true);
  expect(await verifyActor('other', signed)).toBe(false);
  expect(await verifyActor(undefined, signed)).toBe(false);
});

it('every field that decides the effect is signed', async () => {
  const signed = withStatement(action, 'key');
  const changes: Partial<Action>[] = [
    { id: 'a2' },
    { verb: 'pause' },
    { reason: 'other' },
    { rollout: 'reviews-8' },
    { step: 'shift' },
    { revision: 'bbb' },
    { question: 'reviews-7/refused/route/2' },
    { answer: 'leave-it' },
    { actor: { ...signed.actor, name: 'eve' } },
    { actor: { ...signed.actor, channel: 'slack' } },
  ];
  for (const change of changes) expect(await verify({ ...signed, ...change })).toBe(false);
});

it('without a key there is no statement, and a malformed one proves nothing', async () => {
  expect(withStatement(action, undefined)).toEqual(action);
  expect(await verify(action)).toBe(false);
  for (const statement of ['', 'v1,', 'v1,AAAA', 'v0,x', 'x'.repeat(10_000)]) {
    expect(await verify({ ...action, actor: { ...action.actor, statement } })).toBe(false);
  }
});
