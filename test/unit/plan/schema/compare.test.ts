import { describe, expect, it } from 'vitest';
import { initial } from '../../../../src/judge/compare/state.ts';
import { formatProblems } from '../../../../src/plan/index.ts';
import { changed, EXAMPLE, planOf, problemsOf } from '../../../support/plan-text.ts';

const withCompare = (text: string): [string, string] => [
  '    noAnswerLimit: 10',
  `    noAnswerLimit: 10\n    compare: ${text}`,
];

const compareOf = (text: string) => planOf(changed(withCompare(text))).analysis.compare;
const wrong = (...edits: [string, string][]) => formatProblems(problemsOf(changed(...edits)));

describe('compare in a plan', () => {
  it('is whole when empty, and absent when absent', () => {
    expect(compareOf('{}')).toEqual({
      options: {
        preset: 'default',
        alpha: 0.01,
        beta: 0.05,
        errors: { warmupTicks: 5 },
        latency: { warmupTicks: 30, unit: 'ms' },
      },
      tickMs: 2_000,
      deadlineMs: 1_800_000,
      onInconclusive: 'hold',
      minRequests: 1_000,
    });
    expect(planOf(EXAMPLE).analysis.compare).toBeUndefined();
  });

  it('says percent and durations as the judge takes them', () => {
    const text =
      '{ preset: strict, slo: 99.9, tick: 30s, deadline: 1h, early: 5m, onInconclusive: advance, minRequests: 5000, ' +
      'errors: { warmup: 1m, abort: { ratio: 1.5, points: 0.2 }, pass: { points: 1 }, weight: 3 }, latency: false, ' +
      'limit: { errors: 2, slowerThan: 500ms, slow: 1 } }';
    const compare = compareOf(text);
    expect(compare).toMatchObject({
      options: {
        preset: 'strict',
        slo: 0.999,
        errors: { warmupTicks: 60, abort: { ratio: 1.5, margin: 0.002 }, pass: { margin: 0.01 }, weight: 3 },
        latency: false,
        guard: { errors: 0.02, latency: { le: 500, share: 0.01 } },
      },
      tickMs: 30_000,
      deadlineMs: 3_600_000,
      earlyMs: 300_000,
      onInconclusive: 'advance',
      minRequests: 5_000,
    });
    expect(() => initial(compare?.options)).not.toThrow();
  });

  it.each([
    ['{ preset: lenient }', 'compare.preset: "lenient" is not allowed here; write strict, default or relaxed'],
    ['{ alpha: 1 }', 'compare.alpha: 1 is not allowed here; write a chance between 0 and 1, for example 0.01'],
    ['{ errors: false, latency: false }', 'compare: nothing is compared; leave errors or latency on'],
    ['{ errors: { abort: { ratio: 0.5 } } }', 'errors.abort.ratio'],
    [
      '{ errors: { abort: { points: 2 }, pass: { points: 1 } } }',
      'compare.errors.pass.points: 1 is below abort.points, so a canary could be worse and healthy at once; write at least 2',
    ],
    ['{ errors: true }', 'compare.errors'],
    ['{ limit: { slow: 1 } }', 'compare.limit: slowerThan and slow belong together'],
    ['{ limit: {} }', 'compare.limit: the section limits nothing'],
    ['{ limit: { errors: 0 } }', 'compare.limit.errors: 0 is no limit that evidence can speak about'],
    ['{ tick: 100ms }', 'compare.tick'],
    ['{ dead-line: 1m }', 'compare.dead-line: unknown key; did you mean "deadline"?'],
  ])('%s is refused with its place', (text, message) => {
    expect(wrong(withCompare(text))).toContain(message);
  });

  it('is refused where nothing would ever be compared', () => {
    const problems = wrong(
      withCompare('{}'),
      ['  mirror: { percent: 100, every: 1m, iterations: 10 }\n', ''],
      ['[20, 40, 60, 80, 100]', '[80, 100]'],
    );
    expect(problems).toContain('compared in the mirror and at weights up to 75, and this plan has neither');
  });
});
