import { expect, it } from 'vitest';
import { GONE, type WorkloadSeen } from '../../../../src/contract/world.ts';
import type { Deployment, DeploymentStatus } from '../../../../src/kubernetes/objects/deployments.ts';
import { revisionNotes, revisionOf } from '../../../../src/kubernetes/objects/revisions.ts';
import { seeWorkload } from '../../../../src/kubernetes/objects/workload-seen.ts';
import type { RolloutSnapshot } from '../../../../src/kubernetes/writes/snapshot.ts';
import { planFor } from '../../../support/routes.ts';

const template = (image: string, env = '') => ({ spec: { containers: [{ name: 'reviews', image, env }] } });
const [previous, revision] = ['v1', 'v2'].map((image) => revisionOf(template(image), ['reviews'], [], [])) as [
  RolloutSnapshot['previous'],
  RolloutSnapshot['revision'],
];
const of = { plan: planFor(), cluster: 'local', clusterUid: 'uid', rollout: 'reviews-1', epoch: 1, previous, revision };
const snapshot = { identityKeys: [], previous, revision } as unknown as RolloutSnapshot;
const READY = { observedGeneration: 4, replicas: 3, updatedReplicas: 3, readyReplicas: 3 };

function deployment(
  status: DeploymentStatus = READY,
  noted = previous.id,
  runs = template('v1'),
  admitted = runs,
): Deployment {
  const annotations = { 'fence.sluice.dev/reviews': '1.7', ...revisionNotes(noted, admitted) };
  return {
    metadata: { name: 'reviews-v1', uid: 'u', generation: 4, annotations },
    spec: { replicas: 3, selector: {}, template: runs },
    status,
  };
}

it.each<[string, DeploymentStatus | undefined, Partial<WorkloadSeen>]>([
  ['whole', READY, { mixed: false, ready: 3, updated: 3 }],
  ['old pods are left', { ...READY, replicas: 4, readyReplicas: 4 }, { mixed: true, ready: 4, updated: 3 }],
  ['new pods are not ready', { ...READY, readyReplicas: 2 }, { mixed: false, ready: 2, updated: 2 }],
  ['old ones serve', { ...READY, replicas: 4, updatedReplicas: 1 }, { mixed: true, ready: 3, updated: 1 }],
  ['the last change is not seen yet', { ...READY, observedGeneration: 3 }, { mixed: true, ready: 3, updated: 0 }],
  ['nothing is said yet', {}, { mixed: true, ready: 0, updated: 0 }],
])('counts pods: %s', (_, status, counts) => {
  const fence = { epoch: 1, seq: 7 };
  const seen = seeWorkload(deployment(status), 'primary', of, snapshot);
  expect(seen).toEqual({ uid: 'u', template: 'previous', wanted: 3, fence, ...counts });
});

const edited = template('v2', 'edited');
it.each<[WorkloadSeen['template'], string, 'primary' | 'canary', boolean, Deployment]>([
  ['previous', 'the old one', 'primary', true, deployment()],
  [
    'new',
    'the new one by its content',
    'primary',
    true,
    deployment(READY, previous.id, template('v2'), template('v1')),
  ],
  ['new', 'what admission has made of it', 'primary', true, deployment(READY, revision.id, edited)],
  ['foreign', 'an edited one', 'primary', true, deployment(READY, revision.id, edited, template('v2'))],
  ['new', 'the noted one', 'primary', false, deployment(READY, revision.id, edited)],
  ['previous', 'the noted old one', 'primary', false, deployment()],
  ['foreign', 'an edited one', 'primary', false, deployment(READY, revision.id, edited, template('v2'))],
  ['new', 'what admission has made of it', 'canary', true, deployment(READY, revision.id, edited)],
  ['foreign', 'an edited one', 'canary', true, deployment(READY, revision.id, edited, template('v2'))],
  ['previous', 'the old one', 'canary', true, deployment()],
  ['foreign', 'the noted old one', 'canary', false, deployment()],
])('is %s: %s on the %s (snapshot: %s)', (...[kind, , side, known, object]) => {
  expect(seeWorkload(object, side, of, known ? snapshot : undefined).template).toBe(kind);
});

it('is gone', () => {
  expect(seeWorkload(undefined, 'primary', of, snapshot)).toEqual(GONE);
});
