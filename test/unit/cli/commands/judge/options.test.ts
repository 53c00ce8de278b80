import { describe, expect, it } from 'vitest';
import { percentValue, replayOptions, usage } from '../../../../../src/cli/commands/judge/options.ts';
import { CliError } from '../../../../../src/cli/errors.ts';

describe('flags', () => {
  it('that are absent leave the defaults of the comparison', () => {
    expect(JSON.parse(JSON.stringify(replayOptions({ errors: true })))).toEqual({ errors: {}, latency: false });
  });

  it('become options of the comparison', () => {
    const flags = {
      errors: false,
      latencyGuards: [0.1, 0.5],
      guardErrors: 0.01,
      warmup: 0,
      deadline: 30,
      alpha: 0.001,
    };
    expect(replayOptions(flags)).toMatchObject({
      alpha: 0.001,
      warmupTicks: 0,
      deadlineTicks: 30,
      errors: false,
      latency: { guards: [0.1, 0.5] },
      guard: { errors: 0.01 },
    });
  });

  it.each(['0.1', '101%', '-1%', '%', 'x%'])('%s is no percentage', (text) => {
    expect(() => percentValue(text)).toThrow(/Write a percentage/);
  });

  it('percentages are shares', () => {
    expect(percentValue('0.1%')).toBeCloseTo(0.001, 12);
  });

  it('what the judge refuses is a usage error, what is a mistake of ours is not', () => {
    const fail = (error: Error) => () =>
      usage('here', () => {
        throw error;
      });
    expect(fail(new RangeError('alpha is 2'))).toThrow(new CliError(2, 'here: alpha is 2'));
    expect(fail(new TypeError('x'))).toThrow(TypeError);
  });
});
