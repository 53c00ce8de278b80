import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../../../src/plan/index.ts';
import { changed, planOf, problemsOf } from '../../../support/plan-text.ts';

const SHIFT = 'weights: [20, 40, 60, 80, 100], every: 1m';
const withStages = (stages: string) => changed([SHIFT, `stages: [${stages}]`]);
const said = (stages: string) => formatProblems(problemsOf(withStages(stages)));
const TESTERS =
  '{ match: { header: { X-Tester: "yes", user-agent: { regex: ".*Firefox.*" } } }, every: 10m, iterations: 3 }';

describe('stages with match', () => {
  it('come before the weights, with header names as every router compares them', () => {
    const plan = planOf(
      withStages(`${TESTERS}, { match: { cookie: { tester: "1" } } }, { weight: 20 }, { weight: 100 }`),
    );
    expect(plan.match).toEqual([
      {
        match: { header: { 'x-tester': 'yes', 'user-agent': { regex: '.*Firefox.*' } } },
        everyMs: 600_000,
        iterations: 3,
      },
      { match: { cookie: { tester: '1' } }, everyMs: 60_000, iterations: 1 },
    ]);
    expect(plan.shift).toEqual({ weights: [20, 100], everyMs: 60_000, stagesMs: [60_000, 60_000] });
    expect(planOf(changed()).match).toBeUndefined();
  });

  it.each([
    [`{ weight: 20 }, ${TESTERS}, { weight: 100 }`, 'shift.stages[1].match: a match comes after a weight'],
    [TESTERS, 'shift.stages: there is no weight; end with { weight: 100 }'],
    [`${TESTERS}, ${TESTERS}, { weight: 100 }`, 'shift.stages[1].match: an earlier stage has this match already'],
    ['{ every: 1m }, { weight: 100 }', 'shift.stages[0]: a stage has a weight or a match'],
    ['{ weight: 20, iterations: 2 }, { weight: 100 }', 'stages[0].iterations: a weight needs one interval'],
    ['{ match: {} }, { weight: 100 }', 'stages[0].match: one of header and cookie says who'],
    ['{ match: { header: {} } }, { weight: 100 }', 'stages[0].match.header: names no header'],
    ['{ match: { header: { Cookie: a } } }, { weight: 100 }', 'this header has all cookies; write cookie'],
    ['{ match: { cookie: { a: "1", b: "2" } } }, { weight: 100 }', 'match.cookie: names not one cookie'],
    ['{ match: { cookie: { a: "1; b" } } }, { weight: 100 }', 'write the value of a cookie'],
    ['{ match: { header: { a: { regex: "[a" } } } }, { weight: 100 }', 'stages[0].match.header.a'],
    ['{ weight: 40 }, { weight: 20 }', 'stages[1].weight: 20 does not grow'],
    ['{ weight: 40 }', 'the last weight is 40, not 100'],
  ])('%s is refused with its place', (stages, message) => expect(said(stages)).toContain(message));

  it('and affinity are not of one plan', () => {
    const text = changed(
      [SHIFT, `stages: [${TESTERS}, { weight: 100 }]`],
      ['  analysis:', '  affinity: { cookie: c }\n  analysis:'],
    );
    expect(formatProblems(problemsOf(text))).toContain('spec.affinity: stages with match keep their users');
  });

  it('may wait for people, where there are some', () => {
    const approval: [string, string] = ['  analysis:', '  approvals: [{ before: match }]\n  analysis:'];
    expect(formatProblems(problemsOf(changed(approval)))).toContain('the plan has no stage with match');
    expect(formatProblems(problemsOf(changed(approval, [SHIFT, `stages: [${TESTERS}, { weight: 100 }]`])))).toBe('');
  });
});
