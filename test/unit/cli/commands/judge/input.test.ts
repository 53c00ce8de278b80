import { describe, expect, it } from 'vitest';
import { parseTick } from '../../../../../src/cli/commands/judge/input.ts';
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
