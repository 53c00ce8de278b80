import type { AffinityPlan, Plan } from '../../src/contract/plan.ts';
import type { KubeObject } from '../../src/kubernetes/client/client.ts';
import type { DestinationPair, HttpRule, VirtualService } from '../../src/routers/istio/objects.ts';

export const PAIR: DestinationPair = {
  primary: { host: 'reviews', subset: 'v1' },
  canary: { host: 'reviews', subset: 'v2' },
  namespace: 'demo',
};

export const AFFINITY: AffinityPlan = {
  cookie: 'reviews-cookie',
  maxAgeS: 21_600,
  cleanupAfterMs: 600_000,
  path: '/',
  secure: false,
  httpOnly: true,
};

export function planFor(change: (plan: Plan) => void = () => {}): Plan {
  const plan: Plan = {
    name: 'reviews',
    namespace: 'demo',
    workload: { primary: 'reviews-v1', canary: 'reviews-v2', canaryLabels: { version: 'v2' }, adoptRunning: false },
    events: [],
    traffic: {
      routes: [{ kind: 'VirtualService', name: 'reviews', namespace: 'demo' }],
      primary: PAIR.primary,
      canary: PAIR.canary,
      terminationDrainMs: 30_000,
      allowUngoverned: false,
    },
    scale: { canary: { replicas: 1, matchWeight: true }, primary: {}, readyTimeoutMs: 600_000 },
    acceptance: [],
    shift: { weights: [20, 100], everyMs: 60_000 },
    analysis: {
      prometheus: 'http://127.0.0.1:9090',
      checks: [
        { name: 'success-rate', builtin: 'requestSuccessRate', min: 99 },
        { name: 'duration', builtin: 'requestDuration', quantile: 0.99, maxMs: 500 },
      ],
      failureThreshold: 5,
      noAnswerLimit: 10,
    },
    onNewRevision: 'supersede',
    notify: [],
    needsYou: { againMs: 1_800_000 },
  };
  change(plan);
  return plan;
}

export function virtualService(http: HttpRule[], spec: Record<string, unknown> = {}): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'reviews', namespace: 'demo', resourceVersion: '1' },
    spec: { hosts: ['reviews'], http, ...spec },
  };
}

/** A Deployment as a route's write looks at it. */
export function withReadyPods(name: string, readyReplicas: number, namespace = 'demo'): KubeObject {
  return { metadata: { name, namespace }, status: { readyReplicas } };
}

export const to = (subset: string, weight?: number, host = 'reviews') => ({
  destination: { host, subset },
  ...(weight === undefined ? {} : { weight }),
});
