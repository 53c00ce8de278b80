import { describe, expect, it } from 'vitest';
import { CannotAdopt } from '../../../src/adopting/cannot-adopt.ts';
import { adoptionOf } from '../../../src/adopting/index.ts';
import type { AdoptStep } from '../../../src/adopting/steps.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import type { Deployment } from '../../../src/kubernetes/objects/deployments.ts';
import { describeRef } from '../../../src/kubernetes/objects/refs.ts';
import { ASKED, controlled, rolloutObject, service, virtualService } from '../../support/adoption.ts';

const hashed = (name: string) => service(name, { app: 'shop', 'rollouts-pod-template-hash': 'abc' });
const BLUE_GREEN = { blueGreen: { activeService: 'shop', previewService: 'shop-preview' } };
const SERVICES = [hashed('shop'), hashed('shop-preview')];

const adopt = (rollout = rolloutObject(BLUE_GREEN), objects: KubeObject[] = SERVICES) =>
  adoptionOf(controlled('rollout', rollout, ...objects), ASKED);

describe('a Rollout', () => {
  it('is paused; its pods come up beside it, then users are led there, then there is the plan', () => {
    const { steps, next } = adopt();
    expect(steps.map(({ ref, adds, awaited }) => [describeRef(ref), adds?.labels ?? awaited])).toEqual([
      ['Rollout demo/shop', { paused: true }],
      ['Deployment demo/shop', true],
      ['Deployment demo/shop-canary', undefined],
      ['Service demo/shop', { 'sluice-arm': 'primary' }],
      ['Service demo/shop-preview', { 'sluice-arm': 'canary' }],
      ['RolloutPlan demo/shop', undefined],
    ]);
    expect(next).toContain('kubectl scale rollout shop -n demo --replicas=0');
  });

  it("has Argo's hash on the new pods, not in the selector: its Services lead to both until the label is there", () => {
    const [, step] = adopt().steps;
    const { spec } = (step as AdoptStep).object as Deployment;
    expect(spec).toMatchObject({
      replicas: 2,
      selector: { matchLabels: { app: 'shop', 'sluice-arm': 'primary' } },
      template: { metadata: { labels: { app: 'shop', 'sluice-arm': 'primary', 'rollouts-pod-template-hash': 'abc' } } },
    });
    expect(spec.selector.matchLabels).not.toHaveProperty(['rollouts-pod-template-hash']);
  });

  it('gives nothing to the Deployment by which others know the Rollout', () => {
    const rollout = rolloutObject(BLUE_GREEN);
    rollout.metadata.labels = { app: 'shop', 'app.kubernetes.io/instance': 'shop' };
    rollout.metadata.annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'rollout.argoproj.io/revision': '4',
      'example.com/team': 'fish',
    };
    const { labels, annotations } = adopt(rollout).steps[1]?.object.metadata ?? {};
    expect(labels).toEqual({ app: 'shop' });
    expect(annotations).toEqual({ 'example.com/team': 'fish', 'sluice.dev/adopted': 'demo/shop' });
  });

  it('calling again finds what is so already, and waits for the pods once more', () => {
    const { steps } = adopt();
    const objects = steps.slice(1).map(({ object }) => object);
    const plan = objects.at(-1);
    const held = steps[0]?.object as KubeObject;
    const found = controlled('rollout', held, ...objects.slice(0, -1).map((one) => ({ kind: 'Service', ...one })));
    const again = adoptionOf({ ...found, plan }, ASKED).steps;
    expect(again.every(({ done }) => done)).toBe(true);
    expect(again[1]?.awaited).toBe(true);
  });
});

describe('what forbids it', () => {
  const istio = {
    canary: {
      ...{ stableService: 'shop', canaryService: 'shop' },
      trafficRouting: {
        istio: {
          virtualService: { name: 'shop' },
          destinationRule: { name: 'shop', stableSubsetName: 'stable', canarySubsetName: 'canary' },
        },
      },
    },
  };
  const rule = {
    ...{ apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name: 'shop', namespace: 'demo' } },
    spec: { host: 'shop', subsets: [] },
  };
  const subsets = virtualService({ host: 'shop', subset: 'stable' }, { host: 'shop', subset: 'canary' }).object;
  const other = { ...rolloutObject({}), apiVersion: 'apps/v1', kind: 'Deployment' };
  it.each([
    [
      'another version on its way',
      rolloutObject(BLUE_GREEN, { status: { currentPodHash: 'def' } }),
      SERVICES,
      'on its way',
    ],
    ['an abort', rolloutObject(BLUE_GREEN, { status: { abort: true } }), SERVICES, 'on its way'],
    [
      'pods of a Deployment',
      rolloutObject(BLUE_GREEN, { spec: { workloadRef: { name: 'fish' } } }),
      SERVICES,
      'workloadRef',
    ],
    ["Argo's hash in subsets", rolloutObject(istio), [...SERVICES, rule, subsets], 'DestinationRule'],
    ['a Deployment of others', rolloutObject(BLUE_GREEN), [...SERVICES, other], 'it is there already'],
    ['no Service', rolloutObject(BLUE_GREEN), [], 'it is not there'],
  ] as [string, KubeObject, KubeObject[], string][])('%s', (_, rollout, objects, sentence) => {
    expect(() => adopt(rollout, objects)).toThrow(CannotAdopt);
    expect(() => adopt(rollout, objects)).toThrow(sentence);
  });
});
