/** The outer half of the demo: what is said before and after, and the lab around it. */
import { join } from 'node:path';
import { runStory, say } from '../story/index.ts';
import { sayWhatIsUp } from './keep.ts';

export interface DemoOptions {
  keep: boolean;
  /** Name of the lab. */
  name: string;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
}

/** @returns the exit code @throws LabError when the lab cannot be started */
export function runDemo({ keep, name, signal }: DemoOptions): Promise<number> {
  say('A signed event takes reviews:v2 through 19 steps on a real mesh, under traffic;');
  say('then reviews:v3-err30 is stopped before a user meets it. About three minutes.');
  const script = join(import.meta.dirname, 'inside.ts');
  return runStory({ command: 'npm run demo', lab: name, keep, script, kept: sayWhatIsUp, signal });
}
