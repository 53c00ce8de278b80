import { describe, expect, it } from 'vitest';
import { AT_REST, mirrored, weighted } from '../../../../src/contract/intent.ts';
import type { HttpRule } from '../../../../src/routers/istio/objects.ts';
import { ruleOperations } from '../../../../src/routers/istio/patch.ts';
import { foundRule, intentOf, readRule, withIntent, withoutOthers } from '../../../../src/routers/istio/rule.ts';
import { PAIR, to } from '../../../support/routes.ts';

const single: HttpRule = { route: [to('v1')] };
const both: HttpRule = { route: [to('v1', 100), to('v2', 0)] };

describe('reading a rule', () => {
  it.each([
    ['one destination without a weight', single, AT_REST],
    ['both, canary at 0', both, AT_REST],
    ['half and half', { route: [to('v1', 50), to('v2', 50)] }, weighted(50)],
    ['fully qualified hosts', { route: [to('v1', 80, 'reviews.demo.svc.cluster.local'), to('v2', 20)] }, weighted(20)],
    ['a mirror without a percentage', { ...single, mirror: { host: 'reviews', subset: 'v2' } }, mirrored(100)],
    ['an old spelling', { ...single, mirror: { host: 'reviews', subset: 'v2' }, mirrorPercent: 30 }, mirrored(30)],
    ['an older one', { ...single, mirror: { host: 'reviews', subset: 'v2' }, mirror_percent: 40 }, mirrored(40)],
    ['a switched-off mirror', { ...single, mirror: { host: 'reviews', subset: 'v2' }, mirrorPercentage: {} }, AT_REST],
    [
      'a list of mirrors',
      { ...single, mirrors: [{ destination: { host: 'reviews', subset: 'v2' }, percentage: { value: 5 } }] },
      mirrored(5),
    ],
  ])('%s', (_, rule, intent) => {
    expect(intentOf(readRule(rule as HttpRule, PAIR))).toEqual(intent);
  });

  it.each([
    ['weights that do not sum to 100', { route: [to('v1', 50), to('v2', 40)] }],
    ['a third destination', { route: [to('v1', 90), to('v3', 10)] }],
    ['a mirror to somebody else', { ...single, mirror: { host: 'audit' } }],
    ['the canary twice', { route: [to('v1', 90), to('v2', 5), to('v2', 5)] }],
    ['another namespace', { route: [to('v1', 100, 'reviews.other.svc.cluster.local')] }],
  ])('%s is no intent', (_, rule) => {
    expect(intentOf(readRule(rule, PAIR))).toBeUndefined();
  });
});

describe('writing a rule', () => {
  const write = (rule: HttpRule, intent = AT_REST, found = foundRule(rule, 0, PAIR)) =>
    withIntent(rule, PAIR, intent, found);

  it('adds the canary with the spelling and port of the primary, and takes it away again', () => {
    const host = 'reviews.demo.svc.cluster.local';
    const rule: HttpRule = {
      route: [
        { destination: { host, subset: 'v1', port: { number: 9080 } }, headers: { request: { set: { a: 'b' } } } },
      ],
    };
    const shifted = write(rule, weighted(20));
    expect(shifted.route?.[0]).toEqual({ ...rule.route?.[0], weight: 80 });
    expect(shifted.route?.[1]).toEqual({ destination: { host, subset: 'v2', port: { number: 9080 } }, weight: 20 });
    expect(write(shifted, AT_REST, foundRule(rule, 0, PAIR))).toEqual(rule);
  });

  it('writes 100 % of a mirror as a number and clears older spellings', () => {
    const rule: HttpRule = { ...both, mirror: { host: 'reviews', subset: 'v2' }, mirror_percent: 3, mirrorPercent: 3 };
    const next = write(rule, mirrored(100));
    expect(next.mirrorPercentage).toEqual({ value: 100 });
    expect(next).not.toHaveProperty('mirror_percent');
    expect(next).not.toHaveProperty('mirrorPercent');
  });

  it('puts a switched-off mirror back, and drops one that was left over', () => {
    const off: HttpRule = { ...both, mirror: { host: 'reviews', subset: 'v2' }, mirrorPercentage: { value: 0 } };
    expect(write(write(off, mirrored(100)), AT_REST, foundRule(off, 0, PAIR))).toEqual(off);
    const left: HttpRule = { ...both, mirror: { host: 'reviews', subset: 'v2' } };
    expect(write(left, AT_REST)).toEqual(both);
  });

  it('leaves what others have of 100 with them', () => {
    const rule: HttpRule = { route: [to('v1', 50), to('v2', 40), to('v3', 10)] };
    expect(write(rule).route?.map((r) => r.weight)).toEqual([90, 0, 10]);
  });
});

describe('the patch between two forms', () => {
  it('takes off what others put there when somebody said so, and leaves their entries', () => {
    const theirs: HttpRule = {
      route: [to('v1', 40), to('v2', 20), to('v3', 40)],
      mirror: { host: 'audit' },
      mirrorPercentage: { value: 100 },
    };
    const written = withIntent(withoutOthers(theirs, PAIR), PAIR, weighted(20), foundRule(both, 0, PAIR));
    expect(written).toEqual({ route: [to('v1', 80), to('v2', 20), to('v3', 0)] });
  });

  it('touches nothing but our paths', () => {
    const next = withIntent(single, PAIR, weighted(20), foundRule(single, 0, PAIR));
    expect(ruleOperations('/spec/http/3', single, next)).toEqual([
      { op: 'add', path: '/spec/http/3/route/0/weight', value: 80 },
      {
        op: 'add',
        path: '/spec/http/3/route/-',
        value: { destination: { host: 'reviews', subset: 'v2' }, weight: 20 },
      },
    ]);
    expect(ruleOperations('/spec/http/3', next, single)).toEqual([
      { op: 'remove', path: '/spec/http/3/route/1' },
      { op: 'remove', path: '/spec/http/3/route/0/weight' },
    ]);
    expect(ruleOperations('/spec/http/3', next, structuredClone(next))).toEqual([]);
  });
});
