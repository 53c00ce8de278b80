/**
 * The random scripts of the model against a real Temporal server, twenty times as fast as real life. `SEEDS=1-50` says which; a
 * seed that breaks an invariant prints what happened.
 */
import { expect, test } from 'vitest';
import type { Driver } from '../model/driver.ts';
import { playOn } from '../model/play.ts';
import { RealClock } from '../model/real-clock.ts';
import { scriptOf } from '../model/script.ts';
import { seedsToPlay } from '../model/seeds.ts';
import type { ModelWorld } from '../model/world.ts';
import { LiveDriver } from './support/live-driver.ts';

const SPEED = 20;
const SEEDS = seedsToPlay(4);

test.concurrent.each(SEEDS)('seed %i keeps every invariant', { timeout: 240_000 }, async (seed) => {
  let world: ModelWorld | undefined;
  const driver = await LiveDriver.open(() => world as ModelWorld);
  try {
    const drive = (made: ModelWorld): Driver => {
      world = made;
      return driver;
    };
    const { violations, trace } = await playOn(new RealClock(SPEED), atSpeed(scriptOf(seed)), drive, {
      limitMs: 180_000 * SPEED,
      unservedMs: 60_000 * SPEED,
    });
    expect(violations, trace.join('\n')).toEqual([]);
  } finally {
    await driver.close();
  }
});

/** Times that the workflow itself measures are real ones. */
function atSpeed(script: ReturnType<typeof scriptOf>): typeof script {
  const { approvals, pause } = script.plan;
  return {
    ...script,
    plan: {
      ...script.plan,
      ...(approvals && {
        approvals: approvals.map((approval) => ({
          ...approval,
          ...(approval.expiresMs && { expiresMs: approval.expiresMs / SPEED }),
        })),
      }),
      ...(pause && { pause: { ...pause, limitMs: pause.limitMs / SPEED } }),
    },
  };
}
