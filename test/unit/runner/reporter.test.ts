/** Real runs of vitest over a small project. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { REPEAT } from '../../runner/reporter.ts';
import { ResultFile } from '../../runner/results.ts';
import { runVitest } from '../../runner/run-vitest.ts';
import { TIERS, type Tier } from '../../runner/tiers.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const project = mkdtempSync(join(tmpdir(), 'runner-'));
symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));

const FILES = {
  'vitest.config.mjs': `export default { test: { name: 'unit', include: ['*.test.mjs'], tags: [{ name: '${REPEAT}' }] } }`,
  'good.test.mjs': `import { test } from 'vitest';
    test('passes', () => {});
    test('passes elsewhere too', { tags: ['${REPEAT}'] }, () => {});
    test('is skipped', { skip: true }, () => {});`,
  'bad.test.mjs': `import { expect, test } from 'vitest';
    test('takes its time', () => new Promise((resolve) => setTimeout(resolve, 1100)));
    test('fails', () => expect(1).toBe(2));`,
  'broken.test.mjs': `throw new Error('not even a test');`,
};
for (const [name, text] of Object.entries(FILES)) writeFileSync(join(project, name), text);

afterAll(() => rmSync(project, { recursive: true, force: true }));

async function run(files: string[], { everything = false, program = process.execPath } = {}) {
  const results = new ResultFile(join(project, `${files.join('-')}-${everything}-${program.length}.jsonl`));
  const unit = TIERS.find(({ name }) => name === 'unit') as Tier;
  await runVitest({
    files: new Map([[unit, files]]),
    everything,
    results,
    start: ([, ...argv], env) =>
      spawn(program, argv, { cwd: project, stdio: 'ignore', env: { ...process.env, ...env } }),
  });
  return results.read();
}

describe('a run of vitest', { timeout: 60_000 }, () => {
  it('tells of each file what passed, failed and was left out as a repeat', async () => {
    const results = await run(['good.test.mjs', 'bad.test.mjs', 'broken.test.mjs']);
    const told = results.map(({ tier, file, passed, failed, left }) => ({ tier, file, passed, failed, left }));
    expect(told.sort((a, b) => a.file.localeCompare(b.file))).toEqual([
      { tier: 'unit', file: 'bad.test.mjs', passed: 1, failed: 1, left: 0 },
      { tier: 'unit', file: 'broken.test.mjs', passed: 0, failed: 1, left: 0 },
      { tier: 'unit', file: 'good.test.mjs', passed: 1, failed: 0, left: 1 },
    ]);
    const slow = results.flatMap((result) => result.slow);
    expect(slow).toEqual([{ name: 'takes its time', seconds: expect.closeTo(1.1, 0) }]);
  });

  it('with everything runs the repeats', async () => {
    expect(await run(['good.test.mjs'], { everything: true })).toMatchObject([{ passed: 2, left: 0 }]);
  });

  it('that ends without a word of a file has failed, whatever its exit code', async () => {
    expect(await run(['good.test.mjs'], { program: 'true' })).toMatchObject([{ file: 'good.test.mjs', failed: 1 }]);
  });
});
