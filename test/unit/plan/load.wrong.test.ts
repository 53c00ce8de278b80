import { describe, expect, it } from 'vitest';
import { formatProblems, loadPlanText } from '../../../src/plan/index.ts';
import { changed, problemsOf } from '../../support/plan-text.ts';
import { WEIGHTS, WRONG } from './wrong-plans.ts';

describe('a wrong plan', () => {
  it.each(WRONG)('with %s is refused at its place', (_what, edit, place, message, remedy) => {
    const found = problemsOf(changed(edit)).map((problem) => ({
      place: `${problem.line}:${problem.column} ${problem.path}`,
      message: problem.message,
      remedy: problem.remedy,
    }));
    expect(found).toEqual([{ place, message, remedy }]);
  });

  it('tells everything at once, in the order of lines', () => {
    const text = changed(
      ['apiVersion: sluice.dev/v1alpha1\n', ''],
      ['canary: reviews-v2\n', 'canary: reviews-v1\n    canray: 3\n'],
      ['subset: v2', 'subset: v1'],
      ['[20, 40, 60, 80, 100]', '[20, 60, 40, -3, 90]'],
      ['min: 99 }', 'max: 99 }'],
    );
    expect(problemsOf(text).map(({ line, path }) => `${line} ${path}`)).toEqual([
      '1 apiVersion',
      '7 spec.workload.canary',
      '8 spec.workload.canray',
      '17 spec.traffic.canary',
      '28 spec.shift.weights[2]',
      '28 spec.shift.weights[3]',
      '28 spec.shift.weights[4]',
      '32 spec.analysis.checks[0].min',
      '32 spec.analysis.checks[0].max',
    ]);
  });

  it('takes versions from the canary and says besides what does not go with that', () => {
    const own = '    containers: [reviews]\n    source: canary\n';
    const said = (...edits: [string, string][]) =>
      problemsOf(changed(...edits)).map(({ path, message }) => `${path}: ${message}`);
    expect(said(['    containers: [reviews]\n', `${own}    adoptRunning: true\n`])).toEqual([
      'spec.workload.adoptRunning: with source: canary a canary begins at zero',
    ]);
    expect(said(['    containers: [reviews]\n', own], ['onNewRevision: supersede', 'onNewRevision: queue'])).toEqual([
      'spec.events: with source: canary no event brings an image',
      'spec.onNewRevision: with source: canary a running rollout can only give way to a changed canary',
    ]);
    const events = '  events:\n    - image: registry.example.com/bookinfo/reviews\n';
    expect(problemsOf(changed(['    containers: [reviews]\n', own], [events, '']))).toEqual([]);
    expect(problemsOf(changed(['    containers: [reviews]\n', own.replace('canary', 'event')]))).toEqual([]);
    expect(problemsOf(changed(['    containers: [reviews]\n', own.replace('canary', 'git')]))[0]?.remedy).toBe(
      'write event or canary',
    );
  });

  it('is told in few words, however long what is wrong in it is', () => {
    const long = 'x'.repeat(200_000);
    for (const edit of [
      `${long}: 1`,
      `"${long}\\z": 1`,
      `{ a: &${long} *${long} }`,
      `b: !${long} c`,
      `kind: ${long}`,
    ]) {
      const shown = formatProblems(problemsOf(changed(['kind: RolloutPlan', edit])));
      expect(shown).not.toBe('');
      expect(shown.length).toBeLessThan(2_000);
    }
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('key %s is unknown like any other', (key) => {
    const [problem] = problemsOf(changed(['kind: RolloutPlan', `kind: RolloutPlan\n${key}: {}`]));
    expect(problem).toMatchObject({ path: key, message: 'unknown key', remedy: expect.stringContaining('known here') });
  });

  it('is shown with file, place, path, problem and remedy', () => {
    expect(formatProblems(problemsOf(changed(['40, 60', '60, 40'])))).toBe(
      `reviews.yaml:28:30  spec.shift.weights[2]: 40 does not grow (60 comes before it); ${WEIGHTS}`,
    );
  });

  it('never repeats a header value', () => {
    const text = changed(['{ path: /health,', '{ path: /health, headers: { authorization: "Bearer s3cret\\n" },']);
    const shown = formatProblems(problemsOf(text));
    expect(shown).toContain('spec.acceptance[0].http.headers.authorization: this header value is not allowed');
    expect(shown).not.toContain('s3cret');
  });

  it('still says what it is called', () => {
    const result = loadPlanText(changed(['40, 60', '60, 40']), 'reviews.yaml');
    expect(result).toMatchObject({
      claims: { name: 'reviews', namespace: 'demo', images: ['registry.example.com/bookinfo/reviews'] },
    });
  });
});
