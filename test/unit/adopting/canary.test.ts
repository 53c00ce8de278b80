import { describe, expect, it } from 'vitest';
import { CannotAdopt } from '../../../src/adopting/cannot-adopt.ts';
import type { AdoptionAsked } from '../../../src/adopting/found.ts';
import { adoptionOf } from '../../../src/adopting/index.ts';
import type { KubeObject } from '../../../src/kubernetes/client/client.ts';
import { describeRef } from '../../../src/kubernetes/objects/refs.ts';
import { ASKED, canaryObject, controlled, owned, running, service, virtualService } from '../../support/adoption.ts';

const target = running();
target.spec.replicas = 0;
const made = running({ app: 'shop-primary' });
const primary = owned({ ...made, metadata: { ...made.metadata, name: 'shop-primary' } }, 'canary');
const route = owned(virtualService({ host: 'shop-primary' }, { host: 'shop-canary' }).object, 'canary');
const others = owned(service('others'), 'another canary');
const copy: KubeObject = owned(
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key-primary' }, data: { key: 'aHVudGVyMg==' } },
  'canary',
);
const all = [target, primary, route, owned(service('shop-primary'), 'canary'), others, copy];

const adopt = (canary = canaryObject(), objects: KubeObject[] = all, asked: Partial<AdoptionAsked> = {}) =>
  adoptionOf(controlled('canary', canary, ...objects), { ...ASKED, ...asked });

describe("a pair of Flagger's", () => {
  it('is held still first, then freed, then there is its plan; nothing is made but that', () => {
    const { steps, document, next } = adopt();
    expect(steps.map(({ ref, adds, frees }) => [describeRef(ref), adds?.labels ?? frees?.index])).toEqual([
      ['Canary demo/shop', { suspend: true }],
      ['Deployment demo/shop-primary', 0],
      ['VirtualService demo/shop', 0],
      ['Service demo/shop-primary', 0],
      ['Secret demo/key-primary', 0],
      ['RolloutPlan demo/shop', undefined],
    ]);
    expect(document.spec).toMatchObject({
      workload: { primary: 'shop-primary', canary: 'shop', canaryLabels: { app: 'shop' } },
      events: [{ image: 'registry.example.com/shop' }],
      traffic: { routes: [{ kind: 'VirtualService', name: 'shop' }] },
      shift: { weights: [50, 100] },
    });
    expect(next).toBe('kubectl delete canary shop -n demo');
  });

  it('leaves others what is theirs', () => {
    expect(adopt().steps.some(({ ref }) => ref.name === 'others')).toBe(false);
  });

  it('warns of nobody who is freed, and of every field that means something else now', () => {
    const { warnings } = adopt(canaryObject({ skipAnalysis: true }));
    expect(warnings.join('\n')).not.toMatch(/takes back/);
    expect(warnings.join('\n')).toMatch(/skipAnalysis: lost/);
  });

  it('with --source canary its target stays what starts a rollout', () => {
    const { document } = adopt(undefined, undefined, { source: 'canary' });
    expect(document.spec).toMatchObject({ workload: { source: 'canary' } });
    expect(document.spec).not.toHaveProperty('events');
  });

  it('suspended already it is not written', () => {
    expect(adopt(canaryObject({ suspend: true })).steps[0]).toMatchObject({ done: true });
  });
});

describe('what forbids it', () => {
  const finalized = canaryObject();
  Object.assign(finalized.metadata, { finalizers: ['finalizer.flagger.app'] });
  const ending = canaryObject();
  ending.metadata.deletionTimestamp = 'now';
  const { status: _, ...idle } = primary;
  it.each([
    ['its end would lead users away', canaryObject({ revertOnDeletion: true }), all, 'revertOnDeletion'],
    ['the finalizer that does it', finalized, all, 'revertOnDeletion'],
    ['its end', ending, all, 'it is being deleted'],
    ['a rollout of it', canaryObject({}, 'Progressing'), all, 'it is Progressing'],
    ['no primary yet', canaryObject(), [target, route], 'it does not exist'],
    ['a route that is not there', canaryObject(), [target, primary], 'it is not there'],
    ['a mesh that no plan has', canaryObject({ provider: 'appmesh' }), all, 'no router that a plan can have'],
    ['nobody who is ready', canaryObject(), [target, route, idle], 'is ready'],
  ] as [string, KubeObject, KubeObject[], string][])('%s', (_, canary, objects, sentence) => {
    expect(() => adopt(canary, objects)).toThrow(CannotAdopt);
    expect(() => adopt(canary, objects)).toThrow(sentence);
  });
});
