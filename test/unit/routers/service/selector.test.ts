import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AT_REST, type RouteIntent, sameIntent, weighted } from '../../../../src/contract/intent.ts';
import type { KubeObject } from '../../../../src/kubernetes/client/client.ts';
import type { Service } from '../../../../src/kubernetes/objects/services.ts';
import { changeSelector, readSelector } from '../../../../src/routers/service/selector.ts';
import { applyPatch } from '../../../support/fakes/json-patch.ts';
import { REST, ROUTE, service, servicePlan } from './fixtures.ts';

const plan = servicePlan();
const FOUND = { rules: [{ index: 0, canary: false, weighted: false, selector: REST }] };
const managed = (object: KubeObject, of = plan) => ({ plan: of, route: ROUTE, object });
const intentOf = (object: KubeObject) => readSelector(managed(object)).intent;

function at(intent: RouteIntent, object: Service = service(), found = FOUND): Service {
  return applyPatch(object, changeSelector(managed(object), { intent, found }) ?? []);
}

describe('writing', () => {
  it('selects the primary, both, or the canary, by the labels that tell them apart alone', () => {
    expect(at(weighted(20)).spec?.selector).toEqual({ app: 'shop' });
    expect(at(weighted(100)).spec?.selector).toEqual({ app: 'shop', version: 'v2' });
    expect(at(AT_REST, at(weighted(100)))).toEqual(service());
    expect(at(AT_REST, at(weighted(20)))).toEqual(service());
  });

  it('never leads a switch to both', () => {
    const change = () =>
      changeSelector(managed(service(), servicePlan('switch')), { intent: weighted(20), found: FOUND });
    expect(change).toThrow('a switch leads to one side');
  });

  it('knows the primary by its own note, and without it by what was found', () => {
    const away = at(weighted(20));
    const bare = { ...away, metadata: { ...away.metadata, annotations: {} } };
    expect(at(AT_REST, away, { rules: [] }).spec?.selector).toEqual(REST);
    expect(at(AT_REST, bare).spec?.selector).toEqual(REST);
    expect(changeSelector(managed(bare), { intent: AT_REST, found: { rules: [] } })).toBeUndefined();
  });

  it('leaves what others changed besides, and makes a selector that somebody removed', () => {
    const away = at(weighted(20));
    const changed = { ...away, spec: { ...away.spec, selector: { app: 'shop', tier: 'web' } } };
    expect(at(AT_REST, changed).spec?.selector).toEqual({ app: 'shop', tier: 'web', version: 'v1' });
    const { selector: _, ...none } = away.spec ?? {};
    expect(at(AT_REST, { ...away, spec: none }).spec?.selector).toEqual(REST);
  });
});

describe('reading', () => {
  it.each([0, 1, 20, 99, 100])('finds the %i %% that were written', (weight) => {
    expect(intentOf(at(weighted(weight)))).toEqual(weighted(weight));
  });

  it.each([
    ['both, without a word of ours', service({ app: 'shop' })],
    ['a part of the canary', service({ app: 'shop', version: 'v3' }, {})],
  ])('sees somebody else: %s', (_, object) => {
    const away = at(weighted(20));
    const changed = { ...away, spec: { ...away.spec, selector: object.spec?.selector } };
    const without = { ...changed, metadata: { ...changed.metadata, annotations: {} } };
    if (object.spec?.selector?.version) expect(intentOf(changed)).toBeUndefined();
    else expect(intentOf(without)).toBeUndefined();
  });

  it('sees a foreign label besides ours', () => {
    const away = at(weighted(100));
    const changed = { ...away, spec: { ...away.spec, selector: { app: 'other', version: 'v2' } } };
    expect(intentOf(changed)).toBeUndefined();
    expect(readSelector(managed(changed)).words).toBe('app=other,version=v2');
  });

  it.each(['', 'null', '[]', '{"primary":{"a":1},"canary":20}', '{"primary":{},"canary":200}'])(
    'believes no broken note: %s',
    (note) => {
      const object = service({ app: 'shop' });
      object.metadata.annotations = { 'sluice.dev/share': note };
      expect(intentOf(object)).toBeUndefined();
    },
  );
});

it('whatever the selector at rest, a whole rollout ends as it began', () => {
  const label = fc.constantFrom('a', 'b', 'c/d', 'e~f');
  const labels = fc.dictionary(label, fc.constantFrom('1', '2', '3'), { minKeys: 1 });
  const weights = fc.array(fc.constantFrom(0, 1, 20, 50, 99, 100), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(labels, labels, weights, (rest, canaryLabels, steps) => {
      fc.pre(Object.entries(rest).some(([key, value]) => key in canaryLabels && canaryLabels[key] !== value));
      const own = servicePlan('pods', (one) => {
        one.workload.canaryLabels = canaryLabels;
      });
      const start = service(rest);
      const found = { rules: [readSelector(managed(start, own)).found] };
      let object = start;
      for (const weight of [...steps, 0]) {
        const intent = weighted(weight);
        object = applyPatch(object, changeSelector(managed(object, own), { intent, found }) ?? []);
        const seen = readSelector(managed(object, own)).intent;
        expect(seen && sameIntent(seen, intent)).toBe(true);
      }
      expect(object).toEqual(start);
    }),
  );
});
