import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../src/contract/plan.ts';
import { ClusterError } from '../../../src/kubernetes/client/errors.ts';
import { cluster, plan, problemsOf, type Spec } from './support/shaped-cluster.ts';

describe('what is in the canary’s way is said at the start', () => {
  const main = (more: object) => (spec: Spec) => Object.assign(spec.template.spec.containers[0] ?? {}, more);
  const pod = (more: object) => (spec: Spec) => Object.assign(spec.template.spec, more);
  const labelSelector = { matchLabels: { app: 'reviews' } };
  test.each<[string, (spec: Spec) => void, RegExp]>([
    ['hostPort', main({ ports: [{ containerPort: 1, hostPort: 80 }] }), /port 80 of their node \(hostPort\)/],
    [
      'hostNetwork',
      (spec) => {
        main({ ports: [{ containerPort: 9080 }] })(spec);
        pod({ hostNetwork: true })(spec);
      },
      /port 9080 .*hostNetwork/,
    ],
    ['Recreate', (spec) => (spec.strategy = { type: 'Recreate' }), /strategy Recreate: an upgrade may end all/],
    [
      'maxUnavailable',
      (spec) => (spec.strategy = { rollingUpdate: { maxUnavailable: '100%' } }),
      /maxUnavailable 100%: an upgrade may end all/,
    ],
    [
      'spread',
      pod({ topologySpreadConstraints: [{ topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] }),
      /spread over zone says DoNotSchedule/,
    ],
    [
      'anti-affinity',
      pod({
        affinity: {
          podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector }] },
        },
      }),
      /selects pods of primary and canary.*by zone/,
    ],
  ])('%s', async (_, shape, warning) => {
    const of = { ...plan, scale: { ...plan.scale, readyTimeoutMs: 500_000 } };
    expect(await cluster(shape).detect('reviews:v2', of)).toMatchObject({
      warnings: expect.arrayContaining([expect.stringMatching(warning)]),
    });
  });

  test.each<[string, object, RegExp]>([
    [
      'resourcequotas',
      { status: { hard: { pods: '3' }, used: { pods: '2' } } },
      /room for 1 more pods \(pods: 2 of 3 used\).*needs 2/,
    ],
    [
      'resourcequotas',
      { status: { hard: { 'requests.cpu': '1500m' }, used: { 'requests.cpu': '1' } } },
      /room for 0 more/,
    ],
    [
      'poddisruptionbudgets',
      { spec: { selector: { matchLabels: { version: 'v1' } } } },
      /keeps pods of reviews-v1 and none of reviews-v2/,
    ],
    [
      'persistentvolumeclaims',
      { spec: { accessModes: ['ReadWriteOnce'] } },
      /claim data is ReadWriteOnce: .* only on the node/,
    ],
  ])('%s: %j', async (resource, object, warning) => {
    const made = cluster((spec) => {
      main({ resources: { requests: { cpu: '0.6' } } })(spec);
      pod({ volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] })(spec);
    });
    made.put(resource, { metadata: { name: 'data', namespace: 'demo' }, ...object });
    expect(await made.detect('reviews:v2')).toMatchObject({
      warnings: expect.arrayContaining([expect.stringMatching(warning)]),
    });
  });

  test('a test job whose pods would pass for the canary’s is refused', async () => {
    const job = (labels: Record<string, string>) => ({
      template: { metadata: { labels }, spec: { containers: [{ name: 'smoke', image: 'smoke:v1' }] } },
    });
    const of = (labels: Record<string, string>): Plan => ({
      ...plan,
      acceptance: [{ name: 'smoke', job: job(labels), timeoutMs: 1 }],
    });
    expect(problemsOf(await cluster().detect('reviews:v2', of({ version: 'v2' })))).toContain(
      'acceptance test smoke: its pods would pass for those of',
    );
    expect(await cluster().detect('reviews:v2', of({ app: 'smoke' }))).toMatchObject({ kind: 'new' });
  });

  test('or that nobody knows, where it may not be read', async () => {
    const made = cluster();
    const { list } = made;
    made.list = (ref, ...more) => {
      if (ref.kind !== 'ResourceQuota') return list.call(made, ref, ...more) as never;
      throw new ClusterError({ verb: 'list', object: ref.kind, reason: 'forbidden' });
    };
    expect(await made.detect('reviews:v2')).toMatchObject({
      warnings: expect.arrayContaining([expect.stringMatching(/^ResourceQuotas in demo may not be read/)]),
    });
  });

  test('and refused where it cannot work', async () => {
    const slow = cluster((spec) => (spec.minReadySeconds = 600));
    expect(problemsOf(await slow.detect('reviews:v2'))).toMatch(
      /available after 600 s at the earliest.*readyTimeout is \d+ s/,
    );
    const alone = cluster(pod({ volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] }));
    alone.put('persistentvolumeclaims', {
      metadata: { name: 'data', namespace: 'demo' },
      spec: { accessModes: ['ReadWriteOncePod'] },
    });
    expect(problemsOf(await alone.detect('reviews:v2'))).toContain('ReadWriteOncePod, so no canary pod can start');
  });
});
