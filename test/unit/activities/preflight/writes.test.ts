import { beforeEach, expect, it } from 'vitest';
import { ClusterError } from '../../../../src/kubernetes/client/errors.ts';
import { DIGEST, RolloutCluster } from '../support/rollout-cluster.ts';

let cluster: RolloutCluster;
beforeEach(() => {
  cluster = new RolloutCluster();
  cluster.putAutoscaler('reviews-v1', 2, 4);
});

const versions = () => [...cluster.objects.values()].map(({ metadata }) => metadata.resourceVersion);

it('refuses what admission will refuse at a later step, once, with nothing changed', async () => {
  cluster.refuse = (resource, object) =>
    resource === 'horizontalpodautoscalers' && (object.spec as { maxReplicas: number }).maxReplicas > 4
      ? 'admission webhook "sizes" denied the request: at most 4 replicas'
      : undefined;
  const before = versions();
  expect(await cluster.detect('reviews:v2')).toEqual({
    kind: 'refused',
    problems: [
      {
        where: 'the horizontalpodautoscalers',
        problem:
          'step 3, set canary HPA bounds would be refused: admission webhook "sizes" denied the request: at most 4 replicas',
        remedy: 'let that policy or webhook allow it for Sluice, or change the plan so that it is not needed',
      },
    ],
  });
  expect(versions()).toEqual(before);
});

it('says what admission changes, and begins all the same where a rollout can live with it', async () => {
  cluster.admit = (deployment) => {
    const copy = structuredClone(deployment);
    for (const one of copy.spec.template.spec.containers) one.image = `${one.image.split('@')[0]}@${DIGEST}`;
    copy.spec.template.metadata = {
      ...copy.spec.template.metadata,
      labels: { ...copy.spec.template.metadata?.labels, team: 'x' },
    };
    return copy;
  };
  const detected = await cluster.detect('reviews:v2');
  expect(detected).toMatchObject({ kind: 'new' });
  const path = 'spec.template.spec.containers.reviews.image';
  const change = `${path} is "reviews:v2@${DIGEST}" instead of "reviews:v2"`;
  expect('warnings' in detected && detected.warnings.filter((one) => one.startsWith('admission'))).toEqual([
    `admission changes Deployment demo/reviews-v2 on its way: spec.template.metadata.labels.team is "x"; ${change}`,
    `admission changes Deployment demo/reviews-v1 on its way: spec.template.metadata.labels.team is "x"; ${change}`,
  ]);
});

it('refuses a policy that takes out what the rollout goes by', async () => {
  cluster.admit = (deployment) => ({ ...deployment, metadata: { ...deployment.metadata, annotations: {} } });
  expect(await cluster.detect('reviews:v2')).toMatchObject({
    kind: 'refused',
    problems: ['reviews-v1', 'reviews-v2'].map((name) => ({
      where: `Deployment demo/${name}`,
      problem: expect.stringContaining('metadata.annotations.sluice.dev/owner is taken out'),
    })),
  });
});

it('warns of a webhook that cannot be asked beforehand', async () => {
  cluster.refuse = (resource) =>
    resource === 'controllerrevisions' && cluster.rehearsing
      ? 'admission webhook "old" does not support dry run'
      : undefined;
  expect(await cluster.detect('reviews:v2')).toMatchObject({
    kind: 'new',
    warnings: expect.arrayContaining([
      'the controllerrevisions: whether step 1, detect the new revision (keep what an abort needs) will be admitted is not known: admission webhook "old" does not support dry run (its sideEffects would have to be None or NoneOnDryRun)',
    ]),
  });
});

it('gives up without a verdict when the cluster does not answer', async () => {
  cluster.admit = () => {
    throw new ClusterError({ verb: 'patch', object: 'it', reason: 'server', status: 500 });
  };
  await expect(cluster.detect('reviews:v2')).rejects.toThrow('cannot patch it, server (500)');
});
