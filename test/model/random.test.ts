/** Random scripts on the model. `SEEDS=1-200` says which; a seed that breaks an invariant prints what happened. */
import { beforeAll, describe, expect, test } from 'vitest';
import { HOSTILE, hostileOf } from './hostile.ts';
import { play } from './play.ts';
import { Sandboxes } from './sandboxes.ts';
import { scriptOf } from './script.ts';
import { seedsToPlay } from './seeds.ts';

const SEEDS = seedsToPlay(100);
const HOSTILE_SEEDS = seedsToPlay(50);

let sandboxes: Sandboxes;

beforeAll(async () => {
  sandboxes = await Sandboxes.load();
});

test.each(SEEDS)('seed %i keeps every invariant', async (seed) => {
  const { violations, trace } = await play(sandboxes, scriptOf(seed));
  expect(violations, trace.join('\n')).toEqual([]);
});

test.each(HOSTILE_SEEDS)('seed %i keeps every invariant in a world that hurts', async (seed) => {
  const { violations, trace } = await play(sandboxes, hostileOf(seed), HOSTILE);
  expect(violations, trace.join('\n')).toEqual([]);
});

describe('the model', () => {
  test('plays the same script the same way', async () => {
    const [once, again] = [await play(sandboxes, scriptOf(7)), await play(sandboxes, scriptOf(7))];
    expect(again).toEqual(once);
  });

  test('goes through the whole checklist when nothing happens', async () => {
    const quiet = { ...scriptOf(1), happenings: [], faultPercent: 0, plan: {} };
    const { outcomes, trace, violations } = await play(sandboxes, quiet);
    expect(violations).toEqual([]);
    expect(outcomes).toEqual(['promoted']);
    const writes = trace
      .filter((line) => line.includes('sluice: route'))
      .map((line) => line.replace(/.*route /, '').trim());
    expect(writes.map((line) => line.replace(/ \d+$/, ''))).toEqual([
      'primary 100 %, copies 100 % to the canary',
      'primary 100 %, canary 0 %',
      'primary 80 %, canary 20 %',
      'primary 60 %, canary 40 %',
      'primary 40 %, canary 60 %',
      'primary 20 %, canary 80 %',
      'primary 0 %, canary 100 %',
      'primary 100 %, canary 0 %',
    ]);
  });

  test('without fences a late write is stored, and I8 goes red', async () => {
    const found: string[] = [];
    for (const seed of seedsToPlay(60, '1-60')) {
      const { violations } = await play(sandboxes, { ...scriptOf(seed), faultPercent: 40 }, { fenced: false });
      found.push(...violations.map(({ invariant }) => invariant));
      if (found.includes('I8')) break;
    }
    expect(found).toContain('I8');
  });

  test('without the test of uids an object that was made anew is written, and I16 goes red', async () => {
    const found: string[] = [];
    for (const seed of seedsToPlay(150, '1-150')) {
      const { violations } = await play(sandboxes, hostileOf(seed), { ...HOSTILE, bound: false });
      found.push(...violations.map(({ invariant }) => invariant));
      if (found.includes('I16')) break;
    }
    expect(found).toContain('I16');
  });
});
