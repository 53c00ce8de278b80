import { describe, expect, test } from 'vitest';
import { initial, mayAdvance, startStage } from '../../../../src/judge/compare/state.ts';
import type { CompareOptions } from '../../../../src/judge/compare/types.ts';
import { pair, run, slow, times } from './support.ts';

const HEALTHY = pair(600, 0, 600, 0);
const WORSE = pair(150, 8, 2850, 3);
const SILENT = pair(0, 0, 0, 0);
const OUTAGE = pair(600, 120, 600, 120);

const verdicts = (options: CompareOptions, ticks: Parameters<typeof run>[1]) =>
  run(options, ticks).outputs.map(({ verdict }) => verdict);

describe('abort', () => {
  test('stays once given, whatever comes', () => {
    const { outputs } = run({}, [...times(3, WORSE), ...times(30, HEALTHY), SILENT]);
    expect(outputs.slice(0, 3).map(({ verdict }) => verdict)).toEqual(['continue', 'continue', 'abort']);
    expect(new Set(outputs.slice(3).map(({ verdict }) => verdict))).toEqual(new Set(['abort']));
    expect(outputs[2]?.sentence).toBe(
      'canary 5.3 % errors, primary 0.11 %, tolerated 0.22 %: evidence 1271 to 1 against, abort at 100',
    );
  });

  test('takes three ticks when asked for, and few bad requests are waited for', () => {
    const down = pair(150, 75, 2850, 3);
    expect(verdicts({}, times(3, down))).toEqual(['continue', 'abort', 'abort']);
    expect(verdicts({ abortTicks: 3 }, times(3, down))).toEqual(['continue', 'continue', 'abort']);
    const few = pair(3, 2, 60, 0);
    expect(verdicts({}, times(5, few)).indexOf('abort')).toBe(2);
    expect(verdicts({ minBad: 9 }, times(5, few)).indexOf('abort')).toBe(4);
  });

  test('evidence runs on through the stages, and a late regression is not diluted', () => {
    const stage = run({}, times(30, pair(300, 0, 2700, 3)));
    const { outputs } = run(startStage(stage.state, { weight: 50 }), times(5, pair(1500, 60, 1500, 2)));
    expect(outputs.findIndex(({ verdict }) => verdict === 'abort')).toBeLessThan(4);
  });

  test('a shared outage is none', () => {
    expect(verdicts({}, [...times(5, HEALTHY), ...times(5, OUTAGE), ...times(5, HEALTHY)])).not.toContain('abort');
  });

  test('failures in clusters count less', () => {
    const some = times(2, pair(150, 4, 2850, 3));
    const plain = run({}, some).last.lnAbort;
    expect(run({ errors: { overdispersion: 4 } }, some).last.lnAbort).toBeLessThan(plain - 1);
  });
});

describe('pass', () => {
  test('is proven anew at each weight', () => {
    const { state, last } = run({}, times(3, HEALTHY));
    expect(last).toMatchObject({ verdict: 'pass', reason: 'healthy' });
    expect(last.sentence).toBe(
      'proven healthy; canary 0 % errors, primary 0 %, tolerated 0.1 %: evidence 0.63 to 1 against, abort at 100, and 23 to 1 for health, pass at 20',
    );
    const next = run(startStage(state, { weight: 50 }), times(3, HEALTHY));
    expect(next.outputs.map(({ verdict }) => verdict)).toEqual(['continue', 'continue', 'pass']);
    expect(next.outputs[0]?.lnAbort).toBeLessThan(last.lnAbort);
    expect(next.last.stage).toEqual({ weight: 50, ticks: 3, counted: 3, frozen: false });
  });

  test('waits for the minimum of counted ticks and the minimum bake time', () => {
    expect(run({ minTicks: 5 }, times(4, HEALTHY)).last).toMatchObject({ verdict: 'continue', reason: 'too-early' });
    expect(verdicts({ minTicks: 5 }, times(5, HEALTHY)).at(-1)).toBe('pass');
    expect(verdicts({ minBakeTicks: 8 }, times(8, HEALTHY)).indexOf('pass')).toBe(7);
  });

  test('is withdrawn while the evidence leans against the canary', () => {
    const { outputs } = run({}, [...times(4, HEALTHY), ...times(1, pair(600, 9, 600, 0)), ...times(60, HEALTHY)]);
    expect(outputs[3]?.verdict).toBe('pass');
    expect(outputs[4]).toMatchObject({ verdict: 'continue', reason: 'leaning-worse' });
    expect(outputs[4]?.lnPassReached).toBeGreaterThan(outputs[4]?.lnPassAt ?? 0);
    expect(outputs.at(-1)?.verdict).toBe('pass');
  });

  test('is not withheld by rounding where nothing speaks either way', () => {
    const options = { errors: { abort: { margin: 0 } } };
    expect(new Set(verdicts(options, times(200, HEALTHY)).slice(2))).toEqual(new Set(['pass']));
  });

  test('is never given without data, however well proven', () => {
    const { outputs } = run({}, [...times(4, HEALTHY), SILENT, { primary: { requests: 600, errors: 0 } }, HEALTHY]);
    expect(outputs.slice(3).map(({ verdict }) => verdict)).toEqual(['pass', 'continue', 'continue', 'pass']);
    expect(outputs[5]?.sentence).toContain('nothing was heard of the canary');
  });

  test('needs every metric', () => {
    const quick = { canary: slow([0.1], [600, 0]), primary: slow([0.1], [600, 0]) };
    const late = { canary: slow([0.1], [0, 600]), primary: slow([0.1], [600, 0]) };
    const options = { latency: { guards: [0.1] } };
    expect(verdicts(options, times(6, quick)).indexOf('pass')).toBeGreaterThan(0);
    expect(verdicts(options, times(6, late))).toEqual(['continue', ...times(5, 'abort')]);
  });
});

describe('inconclusive', () => {
  test('after three ticks without data, until there are some again', () => {
    const { outputs } = run({}, [HEALTHY, SILENT, {}, { canary: null, primary: null }, {}, HEALTHY]);
    const wanted = ['continue', 'continue', 'continue', 'inconclusive', 'inconclusive', 'continue'];
    expect(outputs.map(({ verdict }) => verdict)).toEqual(wanted);
    expect(outputs[3]?.reason).toBe('missing-data');
    expect(outputs[3]?.lnAbort).toBe(outputs[0]?.lnAbort);
  });

  test('with no traffic at all, warm-up or not', () => {
    expect(verdicts({}, times(5, SILENT)).slice(2)).toEqual(times(3, 'inconclusive'));
    expect(verdicts({ warmupTicks: 2 }, times(5, pair(0, 0, 500, 2))).slice(2)).toEqual(times(3, 'inconclusive'));
  });

  test('at the deadline; a later proof still passes', () => {
    const slowly = pair(150, 0, 2850, 3);
    const { state, outputs } = run({ deadlineTicks: 3 }, times(3, slowly));
    expect(outputs.map(({ verdict }) => verdict)).toEqual(['continue', 'continue', 'inconclusive']);
    expect(outputs[2]?.reason).toBe('deadline');
    expect(run(state, times(2, slowly)).last.verdict).toBe('pass');
  });

  test('while the primary violates the guard itself', () => {
    const { outputs } = run({ guard: { errors: 0.05, weight: 0.01 } }, [...times(8, HEALTHY), OUTAGE, OUTAGE, HEALTHY]);
    expect(outputs[7]?.verdict).toBe('pass');
    expect(outputs[8]?.verdict).toBe('continue');
    expect(outputs[9]).toMatchObject({ verdict: 'inconclusive', reason: 'primary-violates-guard' });
    expect(outputs[10]?.reason).not.toBe('primary-violates-guard');
  });

  test('may be left upwards only with data, evidence not leaning against it and enough requests', () => {
    const fine = run({}, times(2, HEALTHY)).state;
    expect(mayAdvance(fine, 1200)).toBe(true);
    expect(mayAdvance(fine, 1201)).toBe(false);
    expect(mayAdvance(run(fine, [SILENT]).state, 1)).toBe(false);
    expect(mayAdvance(run({}, [WORSE]).state, 1)).toBe(false);
    expect(mayAdvance(initial(), 0)).toBe(false);
  });
});

describe('warm-up', () => {
  const cold = pair(150, 14, 2850, 3);

  test("excuses errors of the canary's first ticks with requests", () => {
    const { outputs } = run({ warmupTicks: 2 }, [SILENT, cold, cold, ...times(5, HEALTHY)]);
    expect(outputs.slice(0, 3).map(({ reason }) => reason)).toEqual(['no-data', 'warm-up', 'warm-up']);
    expect(outputs[2]?.lnAbort).toBeLessThan(0);
    expect(outputs[2]?.metrics[0]).toMatchObject({ canary: { requests: 300, bad: 28 } });
    expect(outputs[3]?.metrics[0]).toMatchObject({ canary: { requests: HEALTHY.canary?.requests, bad: 0 } });
    expect(outputs.at(-1)?.verdict).toBe('pass');
    expect(run({ warmupTicks: 0 }, times(3, cold)).last.verdict).toBe('abort');
  });

  test('does not excuse what no warm-up excuses', () => {
    expect(verdicts({ warmupTicks: 9 }, times(2, pair(150, 75, 2850, 3)))).toEqual(['continue', 'abort']);
    expect(verdicts({ warmupTicks: 9, guard: { errors: 0.02 } }, times(3, pair(150, 75, 150, 75))).at(-1)).toBe(
      'abort',
    );
    expect(run({ warmupTicks: 9 }, times(2, pair(150, 75, 2850, 3))).last.sentence).toContain('tolerated 11 %');
  });

  test('is over when its time is, and holds what was counted in it to its own line', () => {
    const bad = { canary: { requests: 300, errors: 28 }, primary: { requests: 5700, errors: 6 } };
    const { outputs } = run({ warmupTicks: 2 }, [cold, { primary: bad.primary }, bad, HEALTHY]);
    expect(outputs.map(({ reason }) => reason)).toEqual(['warm-up', 'no-data', 'warm-up', 'not-proven']);
  });

  test('leaves three quarters of the wealth for later', () => {
    const { outputs } = run({ warmupTicks: 1 }, [cold, ...times(4, WORSE)]);
    const plain = run({}, times(4, WORSE)).outputs;
    const later = (outputs.at(-1)?.lnAbort ?? 0) - (plain.at(-1)?.lnAbort ?? 0);
    expect(Math.exp(later)).toBeGreaterThan(0.7);
  });

  test('is not repeated at the next weight', () => {
    const { state } = run({ warmupTicks: 1 }, [HEALTHY, HEALTHY]);
    expect(run(startStage(state, { weight: 10 }), [HEALTHY]).last.counted).toBe(true);
  });
});

describe('above 75 %', () => {
  test('nothing is compared: evidence stands still', () => {
    const { state, last } = run({}, times(3, HEALTHY), { weight: 75 });
    expect(last.verdict).toBe('pass');
    const next = run(startStage(state, { weight: 76 }), times(9, pair(600, 600, 200, 0)));
    expect(next.last).toMatchObject({ verdict: 'continue', reason: 'frozen', lnAbort: last.lnAbort, lnPass: 0 });
    expect(next.last.sentence).toContain('not compared at this weight');
  });

  test('the guard goes on and aborts alone', () => {
    const { state } = run({ guard: { errors: 0.01 } }, times(3, HEALTHY), { weight: 50 });
    const next = run(startStage(state, { weight: 100 }), times(5, pair(600, 300, 0, 0)));
    expect(next.last.verdict).toBe('abort');
  });
});

test('a guard alone aborts and never passes', () => {
  const options: CompareOptions = { errors: false, guard: { errors: 0.01 } };
  expect(verdicts(options, times(3, pair(600, 300, 600, 300))).at(-1)).toBe('abort');
  expect(verdicts(options, times(50, HEALTHY))).toEqual(times(50, 'continue'));
});
