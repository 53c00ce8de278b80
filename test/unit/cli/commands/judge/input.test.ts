import { describe, expect, it } from 'vitest';
import { parseTick } from '../../../../../src/cli/commands/judge/input.ts';
import { percentOption, replayOptions, usage, wholeOption } from '../../../../../src/cli/commands/judge/options.ts';
import { CliError } from '../../../../../src/cli/errors.ts';

const refusal = (line: string): string => {
  try {
    parseTick(line, 'a.jsonl line 7');
  } catch (error) {
    if (error instanceof CliError && error.code === 2) return error.message;
  }
  return 'accepted';
};

describe('a line of a recorded series', () => {
  it('is a tick with two arms; what else it has is left aside', () => {
    const line =
      '{"tick":1,"at":"10:00","weight":5,"canary":{"requests":10,"errors":0,"histogram":{"le":[0.1],"counts":[9,10]}},"primary":null}';
    expect(parseTick(line, 'x')).toEqual({
      tick: 1,
      weight: 5,
      canary: { requests: 10, errors: 0, histogram: { le: [0.1], counts: [9, 10] } },
      primary: null,
    });
  });

  it.each([
    ['tick 1', /^a\.jsonl line 7: no JSON: "tick 1"/],
    ['[]', /the line is \[\]: an object wanted/],
    ['{"canary":null}', /tick is missing: a number wanted/],
    ['{"tick":"1"}', /tick is "1": a number wanted/],
    ['{"tick":1,"canary":{"requests":5}}', /canary\.errors is missing: a number wanted/],
    ['{"tick":1,"canary":{"requests":"5","errors":0}}', /canary\.requests is "5": a number wanted/],
    [
      '{"tick":1,"canary":{"requests":5,"errors":0,"histgram":1}}',
      /canary has "histgram": only requests, errors, histogram wanted/,
    ],
    [
      '{"tick":1,"primary":{"requests":5,"errors":0,"histogram":{"le":[1],"count":[1]}}}',
      /histogram\.counts is missing: a list of numbers/,
    ],
    [
      '{"tick":1,"primary":{"requests":5,"errors":0,"histogram":{"le":[null],"counts":[1]}}}',
      /histogram\.le\[0\] is null: a number wanted/,
    ],
    ['{"tick":1,"weight":101}', /weight is 101: a number from 0 to 100 wanted/],
    ['{"tick":1e999}', /tick is null: a number wanted|tick is Infinity: a number wanted/],
  ])('%s is refused with its place and what would be right', (line, message) => {
    expect(refusal(line)).toMatch(message);
  });
});

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
    expect(() => percentOption(text)).toThrow(/Write a percentage/);
  });

  it('percentages are shares, whole numbers are whole', () => {
    expect(percentOption('0.1%')).toBeCloseTo(0.001, 12);
    expect(wholeOption(1, 5)('5')).toBe(5);
    expect(() => wholeOption(1, 5)('6')).toThrow(/Write a whole number, 1 to 5/);
    expect(() => wholeOption(0)('1.5')).toThrow(/Write a whole number, 0 or more/);
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
