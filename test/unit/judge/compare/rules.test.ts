import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../../../src/judge/compare/presets.ts';
import { initial } from '../../../../src/judge/compare/state.ts';
import type { CompareOptions } from '../../../../src/judge/compare/types.ts';
import { pair, run, times } from './support.ts';

describe('options', () => {
  test.each<[string, CompareOptions, string]>([
    ['alpha', { alpha: 1 }, 'alpha is 1: between 0 and 1 wanted'],
    ['slo', { slo: 99 }, 'slo is 99: between 0 and 1, such as 0.999 wanted'],
    ['ticks', { abortTicks: 0 }, 'abortTicks is 0: a whole number, 1 or more wanted'],
    ['deadline', { deadlineTicks: 1.5 }, 'deadlineTicks is 1.5: a whole number, 1 or more wanted'],
    [
      'ratio',
      { errors: { abort: { ratio: 0 } } },
      'errors.abort.ratio is 0: above 0 and at most 1000, such as 1.1 wanted',
    ],
    [
      'pass line below the abort line',
      { latency: { pass: { margin: 0.001 } } },
      'latency.pass.margin is 0.001: at least latency.abort.margin (0.005) wanted',
    ],
    ['overdispersion', { errors: { overdispersion: 0.5 } }, 'errors.overdispersion is 0.5: 1 or more wanted'],
    ['weight', { errors: { weight: 0 } }, 'errors.weight is 0: a number above 0 wanted'],
    ['guards', { latency: { guards: [2, 1] } }, 'latency.guards is [2,1]: finite numbers that rise wanted'],
    ['guard', { guard: { errors: 99 } }, 'guard.errors is 99: a share between 0 and 1, such as 0.01 wanted'],
    ['nothing', { errors: false }, 'nothing to judge: errors, latency or guard wanted'],
    ['preset', { preset: 'lax' as 'strict' }, 'preset is lax: strict, default or relaxed wanted'],
  ])('%s', (_what, options, message) => {
    expect(() => initial(options)).toThrow(new RangeError(message));
  });

  test('the objective scales the error margins; 99 % is the preset', () => {
    const lines = (options: CompareOptions) => initial(options).rules.metrics[0];
    expect(lines({ slo: 0.99 })?.abort.margin).toBeCloseTo(PRESETS.default.errors.abort.margin, 12);
    expect(lines({ slo: 0.999 })?.abort.margin).toBeCloseTo(0.0001, 12);
    expect(lines({ slo: 0.999 })?.pass?.margin).toBeCloseTo(0.0005, 12);
  });

  test('a wider abort line takes the pass line with it', () => {
    expect(initial({ errors: { abort: { ratio: 2 } } }).rules.metrics[0]?.pass?.ratio).toBe(2);
  });

  test('presets: the stricter the sooner against, the later for', () => {
    const [strict, normal, relaxed] = (['strict', 'default', 'relaxed'] as const).map(
      (preset) => run({ preset }, times(3, pair(1000, 8, 1000, 4))).last,
    );
    expect(strict?.lnAbort).toBeGreaterThan(normal?.lnAbort ?? 0);
    expect(normal?.lnAbort).toBeGreaterThan(relaxed?.lnAbort ?? 0);
    expect(strict?.lnPass).toBeLessThan(normal?.lnPass ?? 0);
    expect(normal?.lnPass).toBeLessThan(relaxed?.lnPass ?? 0);
  });

  test('weights are shares of alpha', () => {
    const options = { errors: { weight: 3 }, latency: {}, guard: { errors: 0.01 } };
    expect(initial(options).rules.metrics.map(({ weight }) => weight)).toEqual([0.6, 0.2, 0.2]);
  });
});
