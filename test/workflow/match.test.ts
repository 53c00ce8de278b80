import { describe, expect, test } from 'vitest';
import type { MatchStage, Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { offerFor, planFor } from '../support/plan.ts';
import { eachInAWorld, harness, world } from './support/each.ts';

const match: MatchStage[] = [
  { match: { header: { 'x-tester': 'yes' } }, everyMs: 20, iterations: 2 },
  { match: { cookie: { tester: '1' } }, everyMs: 20, iterations: 1 },
];

const MO = { name: 'mo', channel: 'cli', statement: 'good' } as const;

eachInAWorld();

const routes = () => world.names().filter((name) => name.startsWith('route'));
const stages = ({ intervals }: RolloutView) => intervals.map(({ stage }) => stage);

async function roll(name: string, changes: Partial<Plan> = {}): Promise<RolloutView> {
  const plan = planFor(name, { match, mirror: undefined, shift: { weights: [20, 100], everyMs: 20 }, ...changes });
  await harness.offer(offerFor(plan));
  return harness.handle(plan).result();
}

describe('a plan with stages that match', () => {
  test('leads those who match to the canary before all weights, and everybody back with one write', async () => {
    const view = await roll('matched');
    expect(view).toMatchObject({ outcome: { kind: 'promoted' }, route: { primary: 100, canary: 0, mirror: 0 } });
    expect(view.route.match).toBeUndefined();
    expect(routes()).toEqual([
      'route 100/0 match 1',
      'route 100/0 match 2',
      'route 80/20 match 2',
      'route 0/100 match 2',
      'route 100/0',
    ]);
    expect(stages(view).slice(0, 4)).toEqual(['match', 'match', 'match 2', '20 %']);
    expect(world.names().indexOf('scaleCanary 1')).toBeLessThan(world.names().indexOf('route 100/0 match 1'));
  });

  test('an abort takes them back first, then the canary goes', async () => {
    world.stuck.add('checkInterval live');
    const plan = planFor('unmatched', { match, mirror: undefined });
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 20_000 }).toContain('checkInterval live');
    await harness.act(plan, 'abort');
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('aborted');
    expect(routes()).toEqual(['route 100/0 match 1', 'route 100/0']);
    expect(world.names().indexOf('route 100/0')).toBeLessThan(world.names().indexOf('scaleCanaryToZero'));
  });

  test('what a person asks for leaves out the rest of them', async () => {
    world.stuck.add('checkInterval live');
    const plan = planFor('skipped', { match, mirror: undefined, shift: { weights: [20, 100], everyMs: 20 } });
    await harness.offer(offerFor(plan));
    await expect.poll(() => world.names(), { timeout: 20_000 }).toContain('checkInterval live');
    expect(await harness.act(plan, 'promote', { actor: MO })).toMatchObject({ accepted: true });
    world.stuck.clear();
    const view: RolloutView = await harness.handle(plan).result();
    expect(view.outcome?.kind).toBe('promoted');
    expect(routes()).toEqual(['route 100/0 match 1', 'route 0/100 match 2', 'route 100/0']);
  });
});
