import { describe, expect, test } from 'vitest';
import { isPromoted, leftBehind, type Remains } from '../../../../src/activities/reconcile/left-behind.ts';
import { AT_REST, mirrored, type RouteIntent, weighted } from '../../../../src/contract/intent.ts';
import { OWNER, ROLLOUT } from '../../../../src/kubernetes/objects/annotations.ts';
import type { Deployment } from '../../../../src/kubernetes/objects/deployments.ts';
import type { PodTemplate } from '../../../../src/kubernetes/objects/pod-template.ts';
import { newTemplate, revisionNotes, revisionOf } from '../../../../src/kubernetes/objects/revisions.ts';
import type { RolloutSnapshot } from '../../../../src/kubernetes/writes/snapshot.ts';
import { planFor } from '../../../support/plan.ts';

const OLD: PodTemplate = {
  metadata: { labels: { app: 'reviews', version: 'v1' } },
  spec: { containers: [{ name: 'reviews', image: 'reviews:v1' }] },
};
const KEYS = ['app', 'version'];
const NEW = newTemplate(OLD, ['reviews'], 'reviews:v2', []);
const plan = planFor('reviews');
const ours = { [OWNER]: 'demo/reviews' };

const snapshot: RolloutSnapshot = {
  plan,
  clusterUid: 'uid',
  uids: {},
  epoch: 7,
  targets: ['reviews'],
  identityKeys: KEYS,
  previousTemplate: OLD,
  newTemplate: NEW,
  revision: revisionOf(NEW, ['reviews'], [], KEYS),
  previous: revisionOf(OLD, ['reviews'], [], KEYS),
  primaryReplicas: 3,
  autoscalers: {},
  routeFound: { rules: [] },
  warnings: [],
};

function deployment(name: string, replicas: number, template: PodTemplate, ready = replicas): Deployment {
  const id = revisionOf(template, ['reviews'], [], KEYS).id;
  return {
    metadata: {
      name,
      namespace: 'demo',
      generation: 2,
      annotations: { ...ours, ...revisionNotes(id, template), 'fence.sluice.dev/reviews': '7.4' },
    },
    spec: { replicas, selector: { matchLabels: { version: name } }, template },
    status: {
      observedGeneration: 2,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: ready,
      availableReplicas: ready,
    },
  };
}

function remains(
  intent: RouteIntent | undefined,
  { canary = 0, template = OLD, ready = 3, annotations = ours as Record<string, string> } = {},
): Remains {
  return {
    primary: deployment('reviews-v1', 3, template, ready),
    canary: deployment('reviews-v2', canary, NEW),
    autoscalers: [],
    routes: [{ object: { metadata: { name: 'reviews', annotations } }, where: 'VirtualService demo/reviews', intent }],
  };
}

const marked = { ...ours, [ROLLOUT]: 'reviews-7' };

describe('what a lost rollout left behind', () => {
  test('is nothing when users are on the primary and the canary is at zero', () => {
    expect(leftBehind(snapshot, remains(AT_REST))).toBeUndefined();
  });

  test('is nothing on objects of another plan', () => {
    const theirs = remains(weighted(40), { canary: 2, annotations: { [OWNER]: 'demo/other', [ROLLOUT]: 'other-1' } });
    if (theirs.canary?.metadata.annotations) theirs.canary.metadata.annotations[OWNER] = 'demo/other';
    expect(leftBehind(snapshot, theirs)).toBeUndefined();
  });

  test('is users on the canary, with everything that was written', () => {
    expect(leftBehind(snapshot, remains(weighted(40), { canary: 2, annotations: marked }))).toEqual({
      rollout: 'reviews-7',
      written: ['route', 'canary', 'primary'],
      route: weighted(40),
      canaryReplicas: 2,
      sentences: [
        'VirtualService demo/reviews has primary 60 %, canary 40 %, written by reviews-7',
        'Deployment demo/reviews-v2 runs with 2 replicas',
      ],
    });
  });

  test('is copies, which need no primary put right', () => {
    expect(leftBehind(snapshot, remains(mirrored(100), { canary: 1 }))?.written).toEqual(['route', 'canary']);
  });

  test('is a canary that runs, a mark alone, or a route that nobody can read', () => {
    expect(leftBehind(snapshot, remains(AT_REST, { canary: 1 }))).toMatchObject({
      rollout: 'reviews-7',
      route: AT_REST,
    });
    expect(leftBehind(snapshot, remains(AT_REST, { annotations: marked }))?.rollout).toBe('reviews-7');
    expect(leftBehind(snapshot, remains(undefined, { annotations: marked }))).toMatchObject({
      route: { canary: 100 },
      written: expect.arrayContaining(['primary']),
    });
  });

  test('of a primary with the new revision is put back, unless users are on it already', () => {
    const half = remains(weighted(100), { canary: 3, template: NEW, annotations: marked });
    expect(leftBehind(snapshot, half)?.written).toContain('primary');
    const done = remains(AT_REST, { canary: 3, template: NEW });
    expect(isPromoted(snapshot, done, AT_REST)).toBe(true);
    expect(leftBehind(snapshot, done)?.written).not.toContain('primary');
    const broken = remains(AT_REST, { canary: 3, template: NEW, ready: 1 });
    expect(leftBehind(snapshot, broken)?.written).toContain('primary');
  });

  test('names the rollout whose cookie users carry', () => {
    const kept = { ...weighted(40), affinity: { phase: 'keep' as const, value: 'reviews-7' } };
    expect(leftBehind(snapshot, remains(kept, { annotations: marked }))?.cookie).toBe('reviews-7');
  });
});
