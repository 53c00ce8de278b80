import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

/** Far above what any of them takes, far below what one that is not linear takes. */
const LONGEST_MS = 5_000;

it('reads hostile texts of 50 kB, whoever the reader', async () => {
  const thread = new Worker(join(import.meta.dirname, 'hostile', 'main.ts'));
  let now = '';
  let done = 0;
  let timer: NodeJS.Timeout | undefined;
  const stuck = await new Promise<string>((resolve, reject) => {
    thread.on('message', (told: { case: string; ms?: number }) => {
      clearTimeout(timer);
      if (told.ms !== undefined) done += 1;
      now = told.case;
      timer = setTimeout(() => resolve(now), LONGEST_MS);
    });
    thread.on('error', reject);
    thread.on('exit', () => resolve(''));
  });
  clearTimeout(timer);
  await thread.terminate();
  expect(stuck).toBe('');
  expect(done).toBeGreaterThan(200);
}, 60_000);
