import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AT_REST, mirrored, type RouteIntent, weighted } from '../../../src/rollout/intent.ts';
import { ruleOperations } from '../../../src/routers/istio-patch.ts';
import {
  foundRule,
  type HttpRule,
  intentOf,
  isDestination,
  MIRROR_FIELDS,
  readRule,
  withIntent,
} from '../../../src/routers/istio-rule.ts';
import { PAIR } from './fixtures.ts';
import { applyPatch } from './json-patch.ts';

const host = fc.constantFrom('reviews', 'reviews.demo.svc.cluster.local');
const foreign = fc.dictionary(
  fc.constantFrom('retries', 'timeout', 'headers', 'fault', 'x-unknown', 'corsPolicy'),
  fc.jsonValue(),
);
const offMirror = fc.constantFrom<Record<string, unknown>>(
  {},
  { mirror: { host: 'reviews', subset: 'v2' }, mirrorPercentage: { value: 0 } },
  { mirror: { host: 'reviews', subset: 'v2' }, mirrorPercent: 0 },
  { mirror: { host: 'reviews', subset: 'v2' }, mirrorPercentage: {} },
  { mirrors: [{ destination: { host: 'reviews', subset: 'v2' }, percentage: { value: 0 } }] },
);

/** A rule at rest, in any of the forms that people write. */
const restRule: fc.Arbitrary<HttpRule> = fc
  .record({
    foreign,
    offMirror,
    host,
    port: fc.constantFrom({}, { port: { number: 9080 } }),
    shape: fc.constantFrom('single', 'weighted', 'both', 'bothImplicit', 'three'),
    reverse: fc.boolean(),
    entry: foreign,
  })
  .map(({ foreign: rest, offMirror: mirror, host: name, port, shape, reverse, entry }) => {
    const primary = { ...entry, destination: { host: name, subset: 'v1', ...port } };
    const canary = { ...entry, destination: { host: name, subset: 'v2', ...port } };
    const third = { destination: { host: 'ratings' }, weight: 0 };
    const routes: Record<string, NonNullable<HttpRule['route']>> = {
      single: [primary],
      weighted: [{ ...primary, weight: 100 }],
      both: [
        { ...primary, weight: 100 },
        { ...canary, weight: 0 },
      ],
      bothImplicit: [{ ...primary, weight: 100 }, canary],
      three: [{ ...primary, weight: 100 }, third, { ...canary, weight: 0 }],
    };
    const route = routes[shape] ?? [];
    return { ...rest, ...mirror, route: reverse ? route.toReversed() : route } as HttpRule;
  });

const otherRule = fc
  .record({ foreign })
  .map(({ foreign: rest }) => ({ ...rest, route: [{ destination: { host: 'ratings' } }] }));

const intent: fc.Arbitrary<RouteIntent> = fc.oneof(
  fc.integer({ min: 1, max: 100 }).map(mirrored),
  fc.integer({ min: 0, max: 100 }).map(weighted),
  fc.constant(AT_REST),
);

/** The rule without anything of ours. */
function foreignPart(rule: HttpRule): unknown {
  const rest = Object.fromEntries(
    Object.entries(rule).filter(([key]) => !MIRROR_FIELDS.some((field) => field === key)),
  );
  const route = (rule.route ?? [])
    .filter((entry) => !isDestination(entry.destination, PAIR.canary, PAIR.namespace))
    .map(({ weight, ...entry }) =>
      isDestination(entry.destination, PAIR.primary, PAIR.namespace) ? entry : { ...entry, weight },
    );
  return { ...rest, route };
}

it('any cycle of intents changes nothing of others and ends as it began', () => {
  fc.assert(
    fc.property(
      restRule,
      fc.array(otherRule, { maxLength: 3 }),
      fc.nat(3),
      fc.array(intent, { maxLength: 6 }),
      (rule, others, at, intents) => {
        const index = Math.min(at, others.length);
        const start = { spec: { http: (others as HttpRule[]).toSpliced(index, 0, rule) } };
        const found = foundRule(rule, index, PAIR);
        let object = structuredClone(start);
        for (const wanted of [...intents, AT_REST]) {
          const before = object.spec.http[index] as HttpRule;
          const next = withIntent(before, PAIR, wanted, found);
          object = applyPatch(object, ruleOperations(`/spec/http/${index}`, before, next));
          const written = object.spec.http[index] as HttpRule;
          expect(written).toEqual(next);
          expect(intentOf(readRule(written, PAIR))).toEqual(wanted);
          expect(foreignPart(written)).toEqual(foreignPart(rule));
          const weights = (written.route ?? []).map(({ weight }) => weight);
          const lone = weights.length === 1 && weights[0] === undefined;
          expect(lone ? 100 : weights.reduce<number>((sum, weight) => sum + (weight ?? 0), 0)).toBe(100);
          expect(weights.every((weight) => weight === undefined || Number.isInteger(weight))).toBe(true);
          if (wanted.canary > 0) expect(weights.length).toBeGreaterThan(1);
          expect(object.spec.http.toSpliced(index, 1)).toEqual(others);
        }
        expect(object).toEqual(start);
      },
    ),
    { numRuns: 200 },
  );
});
