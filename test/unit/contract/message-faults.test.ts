import { expect, test } from 'vitest';
import { actionFault, emergencyOf, offerFault } from '../../../src/contract/message-faults.ts';
import { offerFor, planFor } from '../../support/plan.ts';

const GOOD = { id: '1', verb: 'pause', actor: { name: 'mo', channel: 'cli' } };

test.each<[string, unknown, RegExp | undefined]>([
  ['a good one', GOOD, undefined],
  ['a good answer', { ...GOOD, verb: 'answer', question: 'r/refused/route/1', answer: 'retry' }, undefined],
  ['nothing', null, /an object/],
  ['what nobody could decode', { undecodable: true }, /id is a text/],
  ['a list', [GOOD], /an object/],
  ['no id', { ...GOOD, id: '' }, /id is a text/],
  ['a huge id', { ...GOOD, id: 'x'.repeat(201) }, /at most|1 to 200/],
  ['another verb', { ...GOOD, verb: 'destroy' }, /destroy is not an action/],
  ['no actor', { ...GOOD, actor: undefined }, /actor has a name/],
  ['an endless reason', { ...GOOD, reason: 'x'.repeat(2_001) }, /reason is a text of at most 2000/],
  ['a weight in words', { ...GOOD, weight: 'half' }, /weight is a number/],
  ['another answer', { ...GOOD, answer: 'maybe' }, /maybe is no answer/],
  ['groups that are none', { ...GOOD, actor: { ...GOOD.actor, groups: 'all' } }, /list of names/],
])('an action: %s', (_, action, fault) => {
  if (fault) expect(actionFault(action)).toMatch(fault);
  else expect(actionFault(action)).toBeUndefined();
});

test.each<[string, unknown, RegExp | undefined]>([
  ['a good one', offerFor(planFor('reviews')), undefined],
  ['null', null, /an object/],
  ['without an event', { ...offerFor(planFor('reviews')), event: null }, /event has/],
  ['of another plan', offerFor(planFor('ratings')), /plan is the plan demo\/reviews/],
  ['too large', { ...offerFor(planFor('reviews')), more: 'x'.repeat(500_001) }, /larger than/],
])('an offer: %s', (_, offer, fault) => {
  const found = offerFault(offer, { name: 'reviews', namespace: 'demo' });
  if (fault) expect(found).toMatch(fault);
  else expect(found).toBeUndefined();
});

test('a signal is a reason, an id with a reason, or nothing', () => {
  expect(emergencyOf('now')).toEqual({ reason: 'now' });
  expect(emergencyOf({ id: '7', reason: 'now' })).toEqual({ id: '7', reason: 'now' });
  expect([emergencyOf(undefined), emergencyOf(7), emergencyOf([]), emergencyOf({ undecodable: true })]).toEqual([
    {},
    {},
    {},
    {},
  ]);
});
