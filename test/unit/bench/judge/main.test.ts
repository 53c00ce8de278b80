import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../../bench/judge/main.ts', import.meta.url));

async function simulate(args: string[], interruptAfterMs = 0) {
  const child = spawn(process.execPath, [MAIN, ...args]);
  if (interruptAfterMs > 0) setTimeout(() => child.kill('SIGINT'), interruptAfterMs);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}

it('prints the rows with what they were made from, and its cost on stderr', async () => {
  const few = ['--rollouts', '3', '--cells', 'half-down', '--traffic', '50rps-5', '--rules', 'compare,threshold'];
  const { code, stdout, stderr } = await simulate([...few, '--seed', 'abc', '-o', 'json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    seed: 'abc',
    done: 3,
    interrupted: false,
    rows: [
      { rule: 'compare', aborted: 3, abortTick: 2 },
      { rule: 'threshold', aborted: 3, abortTick: 5 },
    ],
  });
  expect(stderr).toMatch(/^3 of 3 rollouts in [\d.]+ s, at most \d+ MB of memory\.\n$/);
});

it('ends at Ctrl-C with what is finished and 130', async () => {
  const { code, stdout, stderr } = await simulate(['--rollouts', '1000000', '--csv'], 2_500);
  expect(code).toBe(130);
  expect(stdout).toMatch(/^cell,title/);
  expect(stderr).toMatch(/^Stopped after \d+ of \d+ rollouts; only finished cells are shown\./);
});

it.each([
  ['--cells', 'same', /cell "same" is not known/],
  ['--rules', 'oracle', /rule "oracle" is not known: compare, threshold/],
  ['--traffic', '5', /write RATErps-WEIGHT/],
])('%s %s is refused with what would be right', async (flag, value, words) => {
  const { code, stderr } = await simulate([flag, value]);
  expect(code).toBe(2);
  expect(stderr).toMatch(words);
});
