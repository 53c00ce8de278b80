import { describe, expect, it } from 'vitest';
import { WROTE } from '../../../../src/kubernetes/objects/annotations.ts';
import type { Deployment, DeploymentStatus } from '../../../../src/kubernetes/objects/deployments.ts';
import { readinessOf } from '../../../../src/kubernetes/objects/readiness.ts';
import { revisionNotes } from '../../../../src/kubernetes/objects/revisions.ts';

const revision = { id: 'abc', image: 'reviews:v2', config: [] };
const READY = { observedGeneration: 4, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };

function deployment(status: Partial<DeploymentStatus> = {}, spec: object = {}, id = 'abc'): Deployment {
  const template = { spec: { containers: [{ name: 'reviews', image: 'reviews:v2' }] } };
  return {
    metadata: { name: 'reviews-v2', generation: 4, annotations: revisionNotes(id, template) },
    spec: {
      replicas: 2,
      selector: {},
      template,
      ...spec,
    },
    status: { ...READY, ...status },
  };
}

/** Paused by us, and its template has changed since: the controller has made no pod of that. */
function held(status: Partial<DeploymentStatus> = {}, id = 'abc'): Deployment {
  const template = { spec: { containers: [{ name: 'reviews', image: 'reviews:v3' }] } };
  const made = deployment({ updatedReplicas: 0, ...status }, { paused: true, template }, id);
  return { ...made, metadata: { ...made.metadata, annotations: { ...made.metadata.annotations, [WROTE]: 'paused' } } };
}

describe('a complete rollout', () => {
  it('is one with every pod new, ready and available', () => {
    expect(readinessOf(deployment(), revision, 2)).toEqual({
      ready: true,
      replicas: 2,
      sentence: '2 of 2 pods of reviews-v2 are ready',
    });
  });

  it('is one that is held, whatever its template has become', () => {
    expect(readinessOf(held(), revision, 2)).toMatchObject({ ready: true, replicas: 2 });
  });

  it.each<[string, Deployment, number, string]>([
    ['it is held with another revision', held({}, 'zzz'), 2, 'does not have revision abc'],
    ['one that is held is not ready', held({ readyReplicas: 1 }), 2, '1 of 2 pods'],
    ['one that is held lacks pods', held({ replicas: 1, readyReplicas: 1 }), 2, '1 of 2 pods'],
    ['the controller has not looked', deployment({ observedGeneration: 3 }), 2, 'has not been taken up'],
    ['more are needed', deployment(), 3, 'has 2 replicas and needs 3'],
    [
      'pods are of the old template',
      deployment({ updatedReplicas: 1 }),
      2,
      '1 of 2 pods of reviews-v2 have the revision',
    ],
    ['old pods are left', deployment({ replicas: 3 }), 2, '1 old pods'],
    ['one is not ready', deployment({ readyReplicas: 1 }), 2, '1 of 2 pods'],
    ['one is ready, not for long enough', deployment({ availableReplicas: 1 }), 2, '1 of 2 pods'],
    ['it has another revision', deployment({}, {}, 'zzz'), 2, 'does not have revision abc'],
    ['it is paused', deployment({}, { paused: true }), 2, 'is paused'],
    [
      'somebody changed the image since',
      deployment({}, { template: { spec: { containers: [] } } }),
      2,
      'does not have',
    ],
    ['there is no status yet', { ...deployment(), status: undefined } as unknown as Deployment, 2, 'not been taken up'],
  ])('is not yet one when %s', (_, found, needed, words) => {
    const { ready, sentence } = readinessOf(found, revision, needed);
    expect(ready).toBe(false);
    expect(sentence).toContain(words);
  });
});
