import { expect, test } from 'vitest';
import { toFailure } from '../../../src/activities/support/failure.ts';
import { ClusterError } from '../../../src/kubernetes/client/errors.ts';
import { Refusal } from '../../../src/kubernetes/writes/refusals.ts';
import { effectsOf, failedWrite } from '../../../src/telemetry/effects.ts';

const NONE = { writes: [], verdicts: [], notices: [] };

test.each([
  ['a result without a kind', 'scaleCanary', undefined, 'accepted'],
  ['written', 'route', { kind: 'written', at: '' }, 'accepted'],
  ["somebody else's change", 'route', { kind: 'drift', sentence: '' }, 'conflict'],
  ['nobody there to serve', 'route', { kind: 'notReady', sentence: '' }, 'refused'],
  ['what the mesh does not do', 'writeMirror', { kind: 'notTaken', sentence: '' }, 'refused'],
])('a write that ends with %s', (_, write, result, end) => {
  expect(effectsOf(write, { fence: {} }, result)).toEqual({ ...NONE, writes: [{ write, result: end }] });
});

test.each([
  ['a newer write', new Refusal('FenceRefused', 'newer'), 'conflict'],
  ['a lost race', clusterError('conflict'), 'conflict'],
  ['a right that is missing', clusterError('forbidden'), 'refused'],
  ['no answer', clusterError('network'), 'failed'],
  ['something unexpected', new Error('x'), 'failed'],
])('a write that meets %s', (_, error, end) => {
  expect(failedWrite('route', { fence: {} }, toFailure(error))).toBe(end);
  expect(failedWrite('awaitReady', {}, toFailure(error))).toBeUndefined();
});

function clusterError(reason: 'conflict' | 'forbidden' | 'network') {
  return new ClusterError({ verb: 'patch', object: 'Deployment demo/reviews-v1', reason });
}

test('an interval has a verdict, and a slice of one has none yet', () => {
  expect(effectsOf('checkInterval', {}, { verdict: 'fail' }).verdicts).toEqual(['fail']);
  expect(effectsOf('checkInterval', {}, { ticks: [] })).toEqual(NONE);
});

test('a wait of the way back counts the writes and the intervals in it', () => {
  const again = [
    { object: 'VirtualService demo/reviews', name: 'route' },
    { object: 'Deployment demo/reviews-v1', name: 'restorePrimary' },
  ];
  const change = {
    written: [{ object: 'VirtualService demo/reviews', result: { kind: 'written' } }],
    refused: [{ object: 'Deployment demo/reviews-v1', reason: 'quota' }],
    passes: 2,
    interval: { verdict: 'noAnswer' },
  };
  expect(effectsOf('awaitChange', { again }, change)).toEqual({
    ...NONE,
    writes: [
      { write: 'route', result: 'accepted' },
      { write: 'restorePrimary', result: 'refused' },
    ],
    verdicts: ['pass', 'pass', 'noAnswer'],
  });
});

test('a message counts for each of its recipients, and nothing of who they are is told', () => {
  const [mo, al] = ['mo@example.com', 'al@example.com'].map((address) => ({ channel: 'email', address }));
  const result = { told: [mo], refused: [{ to: al, reason: 'no such mailbox' }], later: [{ to: mo, reason: 'busy' }] };
  const { notices } = effectsOf('notify', {}, result);
  expect(notices).toEqual(['told', 'refused', 'later'].map((end) => ({ channel: 'email', result: end })));
});

test('what only reads has no effect', () => {
  expect(effectsOf('look', {}, { kind: 'drift' })).toEqual(NONE);
  expect(effectsOf('watchMirror', { fence: {} }, { kind: 'changed' })).toEqual(NONE);
});
