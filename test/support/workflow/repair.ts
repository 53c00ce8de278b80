import type { Detected, LeftBehind } from '../../../src/contract/detected.ts';
import { weighted } from '../../../src/contract/intent.ts';
import type { Offer } from '../../../src/contract/offer.ts';
import type { Plan } from '../../../src/contract/plan.ts';

/** What a repair detects of a rollout that was lost at 40 %, its primary touched. */
export function left(change: Partial<LeftBehind> = {}): Detected {
  return {
    kind: 'repair',
    clusterUid: 'uid',
    uids: {},
    epoch: 8,
    revision: { id: 'new0000001', image: 'reviews:v2', config: [] },
    previous: { id: 'old0000001', image: 'reviews:v1', config: [] },
    primaryReplicas: 3,
    autoscalers: { primary: { name: 'reviews', min: 2, max: 8 } },
    routeFound: { rules: [] },
    warnings: [],
    left: {
      rollout: 'reviews-7',
      written: ['route', 'canary', 'primary'],
      route: weighted(40),
      canaryReplicas: 2,
      podHash: 'abc',
      sentences: ['VirtualService demo/reviews has primary 60 %, canary 40 %'],
      ...change,
    },
  };
}

/** As the reconciler offers it. */
export function repairOf(plan: Plan, id = 'reconcile/1'): Offer {
  const event = { source: 'reconcile', deliveryId: id, receivedAt: '2026-11-21T12:00:00.000Z' };
  return { id, kind: 'repair', plan, event };
}
