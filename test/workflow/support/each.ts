/** For each test of a file a world of its own and the workers that play in it. */
import { afterEach, beforeEach } from 'vitest';
import { type Harness, startHarness } from '../../support/workflow/harness.ts';
import { FakeWorld } from '../../support/workflow/world.ts';

export let world: FakeWorld;
export let harness: Harness;

/** To be called once, by the file. */
export function eachInAWorld(): void {
  beforeEach(async () => {
    world = new FakeWorld();
    harness = await startHarness(world);
  });
  afterEach(() => harness.close());
}
