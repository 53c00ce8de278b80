import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../../../src/kubernetes/objects/deployments.ts';
import { diagnose, type Pod } from '../../../../src/kubernetes/objects/pods.ts';

type Status = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

function deployment(conditions: NonNullable<Deployment['status']>['conditions'] = []): Deployment {
  return {
    metadata: { name: 'reviews-v2', namespace: 'demo' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'reviews' } },
      template: { spec: { containers: [{ name: 'reviews', image: 'reviews:v2' }] } },
    },
    status: { readyReplicas: 1, conditions },
  };
}

function pod(status: Partial<Status>, extra: Partial<NonNullable<Pod['status']>> = {}): Pod {
  const container = { name: 'reviews', ready: false, restartCount: 0, ...status };
  const probe = { httpGet: { path: '/health', port: 9080 } };
  return {
    metadata: { name: 'reviews-v2-x' },
    spec: { containers: [{ name: 'reviews', image: 'reviews:v2', readinessProbe: probe }] },
    status: { conditions: [{ type: 'Ready', status: 'False' }], containerStatuses: [container], ...extra },
  };
}

const crash = (restartCount: number, state: Status['state'] = { waiting: { reason: 'CrashLoopBackOff' } }) =>
  pod({ restartCount, state, lastState: { terminated: { exitCode: 1, reason: 'Error' } } });

describe('what keeps pods from being ready', () => {
  it.each<[string, Pod, string, string]>([
    [
      'image pull',
      pod({ state: { waiting: { reason: 'ErrImagePull', message: 'not\nfound' } } }),
      'image',
      'image reviews:v2 of reviews-v2-x cannot be pulled (ErrImagePull), not found',
    ],
    [
      'missing config',
      pod({ state: { waiting: { reason: 'CreateContainerConfigError' } } }),
      'config',
      'cannot start (CreateContainerConfigError)',
    ],
    [
      'crash loop',
      crash(3),
      'crash',
      'container reviews of reviews-v2-x crashes, 3 restarts, last exit code 1 (Error)',
    ],
    ['one restart', crash(1), 'restart', 'crashes, 1 restarts'],
    [
      'an old restart of a pod that runs',
      crash(9, { running: {} }),
      'probe',
      'runs but its readiness probe GET /health on port 9080 does not pass',
    ],
    [
      'no node',
      pod({}, { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes' }] }),
      'schedule',
      'has no node, 0/3 nodes',
    ],
    [
      'nothing yet',
      pod({ state: { waiting: { reason: 'ContainerCreating' } } }),
      'waiting',
      'is starting (ContainerCreating)',
    ],
  ])('%s', (_, broken, cause, words) => {
    const found = diagnose([broken], deployment());
    expect(found.cause).toBe(cause);
    expect(found.sentence).toContain('1 of 2 pods of reviews-v2 are ready: ');
    expect(found.sentence).toContain(words);
  });

  it('names a quota, and the worst of several', () => {
    const quota = { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: pods' };
    expect(diagnose([], deployment([quota])).sentence).toContain('pods cannot be created, exceeded quota: pods');
    expect(diagnose([crash(1), crash(4)], deployment([quota])).cause).toBe('crash');
  });

  it('looks past pods that are ready or on their way out', () => {
    const ready = { ...crash(4), status: { ...crash(4).status, conditions: [{ type: 'Ready', status: 'True' }] } };
    const leaving = { ...crash(4), metadata: { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(diagnose([ready, leaving], deployment())).toEqual({
      cause: 'waiting',
      sentence: '1 of 2 pods of reviews-v2 are ready',
    });
  });
});
