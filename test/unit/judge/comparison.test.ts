import { describe, expect, it } from 'vitest';
import type { ComparePlan } from '../../../src/contract/analysis.ts';
import type { Comparison } from '../../../src/contract/verdict.ts';
import { Looks, stageVerdict } from '../../../src/judge/comparison.ts';

const PLAN: ComparePlan = {
  options: { warmupTicks: 0 },
  tickMs: 1_000,
  deadlineMs: 60_000,
  onInconclusive: 'hold',
  minRequests: 1_500,
};
const at = (second: number) => new Date(Date.UTC(2026, 10, 26, 12, 0, second)).toISOString();
const arms = (canaryErrors: number, primaryErrors = 0) => ({
  canary: { requests: 1_000, errors: canaryErrors },
  primary: { requests: 1_000, errors: primaryErrors },
});

describe('looks', () => {
  it('go on where the interval before left off, and begin proofs anew with a stage', () => {
    const first = new Looks(PLAN, {}, undefined);
    for (const second of [1, 2]) first.look(at(second), arms(0));
    const judge = first.result?.judge;
    const second = new Looks(PLAN, {}, JSON.parse(JSON.stringify(judge)));
    expect(second.standing).toBeUndefined();
    expect(second.result).toBeUndefined();
    expect(second.look(at(3), arms(0)).verdict).toBe('pass');
    const next = new Looks(PLAN, { weight: 20 }, second.result?.judge);
    expect(next.look(at(4), arms(0))).toMatchObject({ verdict: 'continue', reason: 'not-proven' });
    expect(next.result?.judge.metrics[0]?.abort[0]?.k).toBe(4);
  });

  it('go on when the next worker has a clock that is behind', () => {
    const first = new Looks(PLAN, {}, undefined);
    first.look(at(50), arms(0));
    const second = new Looks(PLAN, {}, first.result?.judge);
    for (const seconds of [1, 2]) second.look(at(seconds), arms(0));
    expect(second.standing?.verdict).toBe('pass');
  });

  it('keep every look for charts, and say whether the stage may be left without a proof', () => {
    const looks = new Looks(PLAN, {}, undefined);
    looks.look(at(1), arms(1, 1));
    expect(looks.result?.mayAdvance).toBe(false);
    looks.look(at(2), { ...arms(1, 1), primary: null });
    looks.look(at(3), arms(1, 1));
    expect(looks.result?.ticks.map(({ canary, primary }) => [canary?.requests, primary?.requests])).toEqual([
      [1000, 1000],
      [1000, undefined],
      [1000, 1000],
    ]);
    expect(looks.result?.mayAdvance).toBe(true);
  });

  it('use what was learned of the primary, unless the plan says otherwise', () => {
    const learned = { overdispersion: 3, podRatio: 2, guards: [50, 100] };
    const options = { ...PLAN.options, latency: {} };
    const rules = new Looks({ ...PLAN, options }, {}, undefined, learned);
    rules.look(at(1), arms(0));
    expect(rules.result?.judge.rules.metrics).toMatchObject([
      { name: 'errors', overdispersion: 3, abort: { ratio: 2 } },
      { name: 'latency', guards: [50, 100] },
    ]);
    const said = { ...options, errors: { overdispersion: 1, abort: { ratio: 1.3 } } };
    const own = new Looks({ ...PLAN, options: said }, {}, undefined, { ...learned, podRatio: 1 });
    own.look(at(1), arms(0));
    expect(own.result?.judge.rules.metrics[0]).toMatchObject({ overdispersion: 1, abort: { ratio: 1.3 } });
  });
});

describe('a bad half hour', () => {
  const learned = { overdispersion: 500, podRatio: 54 };
  const looksAt = (errors: number, primaryErrors: number) => {
    const looks = new Looks({ ...PLAN, options: { warmupTicks: 0 } }, {}, undefined, learned);
    for (let second = 1; second <= 40; second += 1) looks.look(at(second), arms(errors, primaryErrors));
    return looks;
  };

  it('excuses little of a canary, proves nobody healthy, and is said', () => {
    const [errors] = looksAt(0, 0).result?.judge.rules.metrics ?? [];
    expect(errors).toMatchObject({ overdispersion: 10, abort: { ratio: 3 }, pass: { ratio: 1.25, margin: 0.005 } });
    expect(looksAt(40, 1).standing?.verdict).toBe('abort');
    expect(looksAt(40, 1).standing?.sentence).toContain(
      "3 times the primary's as its own pods differ, failures come in clusters of 10 so each counts for less",
    );
    // between the two lines: neither worse nor healthy
    expect(looksAt(25, 10).standing?.verdict).toBe('continue');
    expect(looksAt(1, 1).standing?.verdict).toBe('pass');
  });
});

describe('a stage after a passed interval', () => {
  const standing = (verdict: Comparison['verdict'], frozen = false) => ({ verdict, frozen }) as Comparison;
  const verdict = (comparison: Comparison | undefined, enough: boolean, elapsedMs: number, earlyMs?: number) =>
    stageVerdict({ ...PLAN, earlyMs }, comparison, { enough, elapsedMs });

  it('is over with its intervals when nothing is compared', () => {
    expect(stageVerdict(undefined, undefined, { enough: true, elapsedMs: 0 })).toBe('over');
    expect(stageVerdict(undefined, undefined, { enough: false, elapsedMs: 1e9 })).toBe('goes-on');
    expect(verdict(standing('continue', true), true, 0)).toBe('over');
  });

  it('is over when its intervals passed and health is proven, or early where the plan allows it', () => {
    expect(verdict(standing('pass'), true, 0)).toBe('over');
    expect(verdict(standing('pass'), false, 59_000)).toBe('goes-on');
    expect(verdict(standing('pass'), false, 59_000, 60_000)).toBe('goes-on');
    expect(verdict(standing('pass'), false, 60_000, 60_000)).toBe('over');
  });

  it('is inconclusive at the deadline, never before its intervals', () => {
    expect(verdict(standing('continue'), true, 59_999)).toBe('goes-on');
    expect(verdict(standing('continue'), true, 60_000)).toBe('inconclusive');
    expect(verdict(undefined, true, 60_000)).toBe('inconclusive');
    expect(verdict(standing('inconclusive'), false, 1e9)).toBe('goes-on');
  });
});
