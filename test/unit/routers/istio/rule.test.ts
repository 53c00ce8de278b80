import { describe, expect, it } from 'vitest';
import { AT_REST, mirrored, type RouteIntent, weighted } from '../../../../src/contract/intent.ts';
import type { HttpRule } from '../../../../src/routers/istio/objects.ts';
import { foundRule, readRule, withIntent } from '../../../../src/routers/istio/rule.ts';
import { intentOf } from '../../../../src/routers/shared/weights.ts';
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
    ['a third destination', { route: [to('v1', 90), to('v3', 10)] }, AT_REST],
    ['a share beside a third one', { route: [to('v1', 64), to('v2', 16), to('v3', 20)] }, weighted(20)],
    ['a mirror to somebody else', { ...single, mirror: { host: 'audit' } }, AT_REST],
  ])('%s', (_, rule, intent) => {
    expect(intentOf(readRule(rule as HttpRule, PAIR))).toEqual(intent);
  });

  it.each([
    ['weights that do not sum to 100', { route: [to('v1', 50), to('v2', 40)] }],
    ['the canary twice', { route: [to('v1', 90), to('v2', 5), to('v2', 5)] }],
    ['another namespace', { route: [to('v1', 100, 'reviews.other.svc.cluster.local')] }],
  ])('%s is no intent', (_, rule) => {
    expect(intentOf(readRule(rule, PAIR))).toBeUndefined();
  });
});

describe('writing a rule', () => {
  const write = (rule: HttpRule, intent = AT_REST, found = foundRule(rule, 0, PAIR)) =>
    withIntent(rule, PAIR, intent, found);

  it('adds the canary with the spelling, port and headers of the primary, and takes it away again', () => {
    const host = 'reviews.demo.svc.cluster.local';
    const headers = { request: { set: { a: 'b' } } };
    const rule: HttpRule = {
      route: [{ destination: { host, subset: 'v1', port: { number: 9080 } }, headers }],
    };
    const shifted = write(rule, weighted(20));
    expect(shifted.route?.[0]).toEqual({ ...rule.route?.[0], weight: 80 });
    expect(shifted.route?.[1]).toEqual({
      destination: { host, subset: 'v2', port: { number: 9080 } },
      headers,
      weight: 20,
    });
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

describe('beside others', () => {
  const audit = { host: 'audit' };
  const canary = { host: 'reviews', subset: 'v2' };
  const through = (rule: HttpRule, ...intents: RouteIntent[]) => {
    const found = foundRule(rule, 0, PAIR);
    return intents.reduce((now, intent) => withIntent(now, PAIR, intent, found), rule);
  };

  it.each<[string, HttpRule, number[]]>([
    ['a steady 20 %', { route: [to('v1', 80), to('v3', 20)] }, [64, 20, 16]],
    ['a steady 33 %, rounded', { route: [to('v1', 67), to('v3', 33)] }, [54, 33, 13]],
    ['weights of another sum', { route: [to('v1', 800), to('v3', 200)] }, [640, 200, 160]],
    ['weight 1', { route: [to('v1', 1)] }, [80, 20]],
    ['no weight', { route: [to('v1')] }, [80, 20]],
  ])('%s stays, and comes back to the letter', (_, rule, weights) => {
    const shifted = through(rule, weighted(20));
    expect(shifted.route?.map(({ weight }) => weight)).toEqual(weights);
    expect(intentOf(readRule(shifted, PAIR), weighted(20))).toEqual(weighted(20));
    expect(through(rule, mirrored(100), weighted(20), weighted(100), AT_REST)).toEqual(rule);
  });

  it.each<[string, HttpRule]>([
    ['mirror', { ...single, mirror: audit }],
    ['mirror with a share', { ...single, mirror: audit, mirrorPercentage: { value: 5 } }],
    ['old spelling', { ...single, mirror: audit, mirrorPercent: 5 }],
    ['mirrors', { ...single, mirrors: [{ destination: audit }, { destination: { host: 'log' }, percentage: {} }] }],
  ])('a permanent %s goes on, ours is one more entry', (_, rule) => {
    const on = through(rule, mirrored(30));
    expect(on.mirror).toBeUndefined();
    expect(on.mirrors?.[0]?.destination).toEqual(audit);
    expect(on.mirrors?.at(-1)).toEqual({ destination: canary, percentage: { value: 30 } });
    expect(readRule(on, PAIR).mirror).toBe(30);
    expect(through(rule, mirrored(30), weighted(20), AT_REST)).toEqual(rule);
    expect(through(rule, weighted(20)).mirrors).toEqual(rule.mirrors);
  });

  it('keeps what others make of their mirrors meanwhile, and takes ours alone away', () => {
    const rule: HttpRule = { ...single, mirror: audit };
    const found = foundRule(rule, 0, PAIR);
    const on = withIntent(rule, PAIR, mirrored(30), found);
    const changed = { ...on, mirrors: [{ destination: { host: 'log' } }, ...(on.mirrors ?? []).slice(1)] };
    expect(withIntent(changed, PAIR, AT_REST, found)).toEqual({
      ...single,
      mirrors: [{ destination: { host: 'log' } }],
    });
    const gone = { ...on, mirrors: on.mirrors?.slice(1) };
    expect(withIntent(gone, PAIR, AT_REST, found)).toEqual(single);
    const swapped: HttpRule = { ...single, mirror: { host: 'log' } };
    expect(withIntent(swapped, PAIR, AT_REST, found)).toEqual(swapped);
  });
});
