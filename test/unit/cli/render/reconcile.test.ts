import { describe, expect, test } from 'vitest';
import { reconcileCode, reconcileLines } from '../../../../src/cli/render/reconcile.ts';
import type { OfferAnswer } from '../../../../src/contract/offer.ts';
import type { ReconcileReport, RolloutWithoutWorkflow } from '../../../../src/contract/reconcile.ts';

function report(found: Partial<RolloutWithoutWorkflow>[], problems: string[] = []): ReconcileReport {
  const one = {
    plan: 'reviews',
    namespace: 'demo',
    rollout: 'reviews-7',
    sentences: ['VirtualService demo/reviews has …'],
  };
  const changed = found.map((change) => ({ ...one, ...change }));
  return { cluster: 'local', namespaces: ['demo'], found: changed, problems, unserved: [] };
}

function answer(status: OfferAnswer['status'], more: Partial<OfferAnswer> = {}): OfferAnswer {
  return { plan: 'reviews', namespace: 'demo', status, ...more };
}

describe('sluice reconcile', () => {
  test('says where it looked and that all is well', () => {
    expect(reconcileLines(report([]))).toEqual(['Nothing is left behind in local (demo).']);
  });

  test('says what was exported, and why there is not more; that is no success', () => {
    const exported = { ...report([]), exported: { files: 2, problem: 'the disk is full' } };
    expect(reconcileLines(exported).slice(1)).toEqual([
      '2 audits exported.',
      'audits are not exported: the disk is full',
    ]);
    expect(reconcileCode(exported)).toBe(4);
    expect(reconcileCode({ ...exported, exported: { files: 2 } })).toBe(0);
  });

  test('names what it found and what mends it', () => {
    expect(reconcileLines(report([{}]))).toEqual([
      'demo/reviews: reviews-7 has no workflow, and nobody brings it to its end.',
      '  VirtualService demo/reviews has ….',
      '1 rollout without a workflow. Repair with: sluice reconcile --repair',
    ]);
  });

  test('says how a repair is watched, or why it was not begun', () => {
    expect(reconcileLines(report([{ repair: answer('started', { rollout: 'reviews-8' }) }])).at(-1)).toBe(
      '  Repair reviews-8 began; watch it: sluice get demo/reviews -w',
    );
    expect(reconcileLines(report([{ repair: answer('rejected', { reason: 'reviews-9 runs' }) }])).at(-1)).toBe(
      '  The repair was not begun (rejected): reviews-9 runs',
    );
  });

  test('names the clusters that nobody serves, and who waits there since when', () => {
    const waiting = [{ workflowId: 'rollout/prod/demo/reviews', since: '2026-11-29T12:00:00.000Z' }];
    const unserved = [{ cluster: 'prod', queues: ['sluice.prod', 'sluice.prod.wait'], open: 3, waiting }];
    const given = { ...report([]), unserved };
    expect(reconcileLines(given).slice(1)).toEqual([
      'No worker polls sluice.prod and sluice.prod.wait. Start one with: sluice worker --cluster prod',
      '  rollout/prod/demo/reviews waits since 2026-11-29T12:00:00.000Z',
      '  and 2 more',
    ]);
    expect(reconcileCode(given)).toBe(8);
  });

  test('shows nothing that could steer a terminal', () => {
    expect(reconcileLines(report([{ sentences: ['a\u001b[2Jb'] }])).join('')).not.toContain('\u001b');
  });

  test.each([
    ['nothing', report([]), 0],
    ['something', report([{}]), 8],
    ['a repair', report([{ repair: answer('started') }]), 0],
    ['a repair and something else', report([{ repair: answer('started') }, {}]), 8],
    ['a refused repair', report([{ repair: answer('rejected') }]), 9],
    ['a namespace that nobody may read', report([], ['demo: forbidden']), 4],
  ])('with %s found ends with its code', (_what, given, code) => expect(reconcileCode(given)).toBe(code));
});
