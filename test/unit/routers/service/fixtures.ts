/** A Service as the route of a shop, as it is at rest. */
import type { Plan, RouteRef } from '../../../../src/contract/plan.ts';
import type { Service } from '../../../../src/kubernetes/objects/services.ts';
import { planFor } from '../../../support/routes.ts';

export const ROUTE: RouteRef = { kind: 'Service', name: 'shop', namespace: 'demo' };
export const REST = { app: 'shop', version: 'v1' };
export const LABELS = { primaryPodLabels: REST, canaryPodLabels: { app: 'shop', version: 'v2' } };

export function servicePlan(mode: 'switch' | 'pods' = 'pods', change: (plan: Plan) => void = () => {}): Plan {
  return planFor((plan) => {
    plan.traffic = { ...plan.traffic, routes: [ROUTE], mode, primary: { host: 'shop' }, canary: { host: 'shop' } };
    change(plan);
  });
}

export function service(selector: Record<string, string> | undefined = REST, spec: Service['spec'] = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop', namespace: 'demo', resourceVersion: '1', annotations: {} },
    spec: { clusterIP: '10.96.0.9', ports: [{ port: 80 }], ...(selector && { selector }), ...spec },
  };
}
