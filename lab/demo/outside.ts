/** The outer half of the demo: what is said before and after, and the lab around it. */
import { join } from 'node:path';
import { runStory, say } from '../story/index.ts';
import { sayWhatIsUp } from './keep.ts';
import { lookAround } from './pages/index.ts';
import { buildPackage } from './zero/package.ts';

export interface DemoOptions {
  story: keyof typeof STORIES;
  keep: boolean;
  /** Name of the lab. */
  name: string;
  /** Of `zero`: how many aborts find no worker. */
  aborts: number;
  /** Of `zero`: how long nothing runs at its end, s. */
  rest: number;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
}

const STORIES = {
  usual: {
    script: 'inside.ts',
    command: 'npm run demo',
    about: [
      'A signed event takes reviews:v2 through 19 steps on a real mesh, under traffic;',
      'then reviews:v3-err30 is stopped before a user meets it. About three minutes.',
    ],
  },
  hostile: {
    script: join('hostile', 'inside.ts'),
    command: 'npm run demo -- --hostile',
    about: [
      'A canary turns bad with 60 % of the users on it. The worker is killed, a webhook refuses every',
      'write for a minute, then the API server goes away. Nobody helps Sluice. About three minutes.',
    ],
  },
  zero: {
    script: join('zero', 'inside.ts'),
    command: 'npm run demo -- --zero',
    about: [
      'No server and no worker stand by. A signed event starts one, which lives for seconds; a whole rollout goes',
      'through many such lives, an abort finds none at all, and at the end nothing is left running. About four minutes.',
    ],
  },
};

/** @returns the exit code @throws LabError when the lab cannot be started */
export async function runDemo({ story, keep, name, aborts, rest, signal }: DemoOptions): Promise<number> {
  const { script, command, about } = STORIES[story];
  for (const line of about) say(line);
  if (story === 'zero') await buildPackage(signal);
  const [told, meanwhile] = [script, '../tour/main.ts'].map((file) => join(import.meta.dirname, file)) as [
    string,
    string,
  ];
  const args = story === 'zero' ? ['--aborts', String(aborts), '--rest', String(rest)] : [];
  // nothing is left running there, and nothing shall be
  const look = story === 'zero' ? undefined : lookAround;
  return runStory({ command, lab: name, keep, script: told, args, meanwhile, kept: sayWhatIsUp, look, signal });
}
