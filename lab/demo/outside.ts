/** The outer half of the demo: what is said before and after, and the lab around it. */
import { join } from 'node:path';
import { runStory, say } from '../story/index.ts';
import { sayWhatIsUp } from './keep.ts';

export interface DemoOptions {
  /** Everything goes wrong at once, instead of the usual story. */
  hostile: boolean;
  keep: boolean;
  /** Name of the lab. */
  name: string;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
}

const USUAL = {
  script: 'inside.ts',
  command: 'npm run demo',
  about: [
    'A signed event takes reviews:v2 through 19 steps on a real mesh, under traffic;',
    'then reviews:v3-err30 is stopped before a user meets it. About three minutes.',
  ],
};

const HOSTILE = {
  script: join('hostile', 'inside.ts'),
  command: 'npm run demo -- --hostile',
  about: [
    'A canary turns bad with 60 % of the users on it. The worker is killed, a webhook refuses every',
    'write for a minute, then the API server goes away. Nobody helps Sluice. About three minutes.',
  ],
};

/** @returns the exit code @throws LabError when the lab cannot be started */
export function runDemo({ hostile, keep, name, signal }: DemoOptions): Promise<number> {
  const { script, command, about } = hostile ? HOSTILE : USUAL;
  for (const line of about) say(line);
  return runStory({ command, lab: name, keep, script: join(import.meta.dirname, script), kept: sayWhatIsUp, signal });
}
