import { describe, expect, it } from 'vitest';
import { HEALTHY, LEARNED_BADLY, runStages } from '../../../../bench/judge/index.ts';

const STAGES = 15;

describe('stages as a rollout looks at them', () => {
  it.each(HEALTHY)('a healthy one is not aborted: $name', (kind) => {
    expect(runStages(kind, STAGES, 'test').aborted).toBe(0);
  });

  it('a bad half hour lets no bad canary pass', () => {
    expect(runStages(LEARNED_BADLY, STAGES, 'test')).toMatchObject({ aborted: STAGES, passed: 0 });
  });

  it('a canary that is bad from its first request is found in its warm-up', () => {
    const primary = { errors: () => 0.001 };
    const bad = { name: 'bad', canary: { errors: () => 0.3 }, primary };
    expect(runStages(bad, STAGES, 'test')).toMatchObject({ aborted: STAGES, passed: 0 });
  });

  it('errors beside none at all are found, however rare', () => {
    const rare = { name: 'rare', canary: { errors: () => 0.05 }, primary: { errors: () => 0 } };
    expect(runStages(rare, STAGES, 'test')).toMatchObject({ aborted: STAGES, passed: 0 });
  });

  it('arms that are read two looks apart are more than the cap can bear', () => {
    const down = { errors: (second: number) => (second >= 60 && second < 90 ? 1 : 0) };
    const torn = { name: 'torn', canary: down, primary: down, aheadS: 4 };
    expect(runStages(torn, STAGES, 'test').aborted).toBeGreaterThan(0);
  });
});
