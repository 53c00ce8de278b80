import { describe, expect, it } from 'vitest';
import { renderJudgePlan } from '../../../../src/cli/render/judge-plan.ts';
import { expectation } from '../../../../src/judge/expectation.ts';
import { LOOK } from './judge-ticks.ts';

describe('what to expect', () => {
  const setting = { options: {}, share: 0.05, perTick: 150, tick: 60_000 };

  it('is about the requests, with warm-up and the least number of ticks', () => {
    const healthy = expectation({ primary: 0.001, canary: 0.001 }, 'pass', setting);
    expect(healthy.ticks).toBe(2 + Math.ceil((healthy.requests ?? 0) / 150));
    expect(healthy.requests).toBeGreaterThan(1350);
    expect(healthy.requests).toBeLessThan(1450);
    expect(expectation({ primary: 0.001, canary: 0.5 }, 'abort', setting)).toMatchObject({ ticks: 4, minutes: 4 });
    expect(expectation({ primary: 0.001, canary: 0.001 }, 'pass', { ...setting, perTick: 1e6 }).ticks).toBe(5);
  });

  it('is never for what is tolerated, and the table says so', () => {
    const never = expectation({ primary: 0.01, canary: 0.011 }, 'abort', setting);
    expect(never).toMatchObject({ requests: null, ticks: null, minutes: null });
    const plan = { rps: 50, weight: 5, canaryRequestsPerMinute: 150, tickSeconds: 60, expectations: [never] };
    expect(renderJudgePlan(plan, LOOK)).toEqual([
      '50 requests per second, 5 % to the canary: 150 canary requests a minute, a look every 60 s',
      'primary  canary  outcome  canary requests  about',
      '1 %      1.1 %   abort    -                never: within tolerance',
    ]);
  });
});
