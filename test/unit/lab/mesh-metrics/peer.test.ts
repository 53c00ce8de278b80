import { describe, expect, it } from 'vitest';
import { describePeer } from '../../../../lab/mesh-metrics/index.ts';

const gateway = describePeer({
  metadata: { name: 'gw-0', namespace: 'istio-ingress', labels: { istio: 'ingressgateway' } },
});
const reviews = describePeer({
  metadata: {
    name: 'reviews-v1-66c98f7b6-fvhr4',
    namespace: 'demo',
    labels: { app: 'reviews', version: 'v1', 'pod-template-hash': '66c98f7b6' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'reviews-v1-66c98f7b6', controller: true }],
  },
});

describe('peers', () => {
  it('are named by their Deployment, their labels, or themselves', () => {
    expect(reviews).toMatchObject({ workload: 'reviews-v1', service: 'reviews', app: 'reviews', version: 'v1' });
    expect(gateway).toMatchObject({ workload: 'istio-ingressgateway', app: 'unknown', version: 'unknown' });
    const bare = { metadata: { name: 'mesh-client-0', namespace: 'demo', labels: { app: 'mesh-client' } } };
    expect(describePeer(bare)).toMatchObject({ workload: 'mesh-client-0', canonicalService: 'mesh-client' });
    const ownerReferences = [{ kind: 'Job', name: 'check', controller: true }];
    expect(describePeer({ metadata: { name: 'check-x1', namespace: 'demo', ownerReferences } }).workload).toBe('check');
  });
});
