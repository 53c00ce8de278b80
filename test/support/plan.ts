import type { Offer } from '../../src/contract/offer.ts';
import type { Plan } from '../../src/contract/plan.ts';

/** A resolved plan with short intervals; `changes` replace whole sections. */
export function planFor(name: string, changes: Partial<Plan> = {}): Plan {
  return {
    name,
    namespace: 'demo',
    workload: { primary: 'reviews-v1', canary: 'reviews-v2', canaryLabels: { version: 'v2' }, adoptRunning: false },
    events: [{ image: 'reviews' }],
    traffic: {
      routes: [{ kind: 'VirtualService', name: 'reviews', namespace: 'demo' }],
      primary: { host: 'reviews', subset: 'v1' },
      canary: { host: 'reviews', subset: 'v2' },
      terminationDrainMs: 0,
      allowUngoverned: false,
    },
    scale: {
      canary: { replicas: 1, autoscaler: { min: 1, max: 10 }, matchWeight: true },
      primary: { autoscaler: { min: 2, max: 10 } },
      readyTimeoutMs: 5_000,
    },
    acceptance: [
      {
        name: 'health',
        http: { path: '/health', method: 'GET', headers: {}, expect: { status: 200, headers: {} } },
        timeoutMs: 1_000,
      },
    ],
    load: {
      requestsPerSecond: 50,
      durationMs: 100,
      path: '/',
      method: 'GET',
      headers: {},
      expect: { successRate: 99 },
    },
    mirror: { percent: 100, everyMs: 20, iterations: 3 },
    shift: { weights: [20, 40, 60, 80, 100], everyMs: 20 },
    analysis: {
      prometheus: 'http://127.0.0.1:9090',
      checks: [{ name: 'success-rate', builtin: 'requestSuccessRate', min: 99 }],
      failureThreshold: 5,
      noAnswerLimit: 3,
    },
    onNewRevision: 'supersede',
    notify: [{ email: { to: ['team@example.com'] } }],
    needsYou: { againMs: 1_800_000 },
    ...changes,
  };
}

let deliveries = 0;

export function offerFor(plan: Plan, image = 'reviews:v2'): Offer {
  deliveries += 1;
  const deliveryId = `${plan.name}-${deliveries}`;
  return {
    id: `test/${deliveryId}`,
    plan,
    event: { source: 'test', deliveryId, receivedAt: '2026-11-21T12:00:00.000Z', image, by: 'ci' },
  };
}
