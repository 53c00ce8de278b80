import { expect, it } from 'vitest';
import { EXIT, offerCode, outcomeCode } from '../../../src/cli/exit-codes.ts';
import type { OfferAnswer } from '../../../src/contract/offer.ts';

it.each([
  ['promoted', 0],
  ['unchanged', 0],
  ['duplicate', 0],
  ['failed', 3],
  ['superseded', 7],
  ['repaired', 0],
  ['aborted', 11],
  ['refused', 12],
] as const)('outcome %s gives %i', (kind, code) => {
  expect(outcomeCode({ kind, reason: '', step: 1 })).toBe(code);
});

it('an end without an outcome is never a success', () => {
  expect(outcomeCode(undefined)).toBe(EXIT.unexpected);
});

const offer = (change: Partial<OfferAnswer>): OfferAnswer => ({
  plan: 'reviews',
  namespace: 'demo',
  status: 'started',
  ...change,
});

it.each([
  [offer({}), 0],
  [offer({ status: 'unchanged' }), 0],
  [offer({ status: 'queued' }), 0],
  [offer({ status: 'superseding' }), 0],
  [offer({ status: 'pending' }), 0],
  [offer({ status: 'rejected' }), 9],
  [offer({ status: 'rejected', problems: [{ where: 'a', problem: 'b', remedy: 'c' }] }), 12],
])('offer %o gives %i', (answer, code) => {
  expect(offerCode(answer)).toBe(code);
});

it('an offer that no worker looks at is not a plain success', () => {
  expect(offerCode(offer({ status: 'pending' }), false)).toBe(EXIT.unreachable);
  expect(offerCode(offer({}), false)).toBe(EXIT.ok);
});

it('has one code per meaning', () => {
  expect(new Set(Object.values(EXIT)).size).toBe(Object.keys(EXIT).length);
});
