import type { Plan } from '../../src/contract/plan.ts';
import type { Clock } from './agenda.ts';
import type { Driver } from './driver.ts';
import type { ModelWorld } from './world.ts';

/** What everybody who plays has in hand. */
export interface ModelStage {
  seed: number;
  agenda: Clock;
  world: ModelWorld;
  engine: Driver;
  plan: Plan;
  /** Work that needs the sandbox, after the step that asked for it. */
  todo: (() => Promise<void>)[];
  /** Writes a line of what happened. */
  note(line: string): void;
}
