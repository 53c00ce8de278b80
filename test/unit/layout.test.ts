import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Where sources are; below each, a unit test has the path of what it tests. */
const ROOTS = ['src', '.', 'test'];
const ENDINGS = ['.ts', '.mjs', '.cjs', ''];

/** Tests of what is no program: documents, image and compose files, and the layout itself. */
const OF_OTHER_THINGS = /^(docs|deploy)\/|^layout\.test\.ts$/;

/** What `a/x.test.ts` or `a/x.ASPECT.test.ts` tests: the file `a/x.ts` or the folder `a/x`. */
function sourceOf(test: string): string | undefined {
  const path = test.replace(/\.[^/]*$/, '');
  return ROOTS.flatMap((root) => ENDINGS.map((ending) => `${root}/${path}${ending}`)).find((file) => existsSync(file));
}

it('a unit test has the name and the path of what it tests', () => {
  const tests = readdirSync('test/unit', { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.test.ts') && !OF_OTHER_THINGS.test(file),
  );
  expect(tests.length).toBeGreaterThan(100);
  expect(tests.filter((test) => sourceOf(test) === undefined)).toEqual([]);
});

it('a name that leads nowhere is found', () => {
  expect(sourceOf('activities/support/primary-size.test.ts')).toBe('src/activities/support/primary-size.ts');
  expect(sourceOf('cli/render.gates.test.ts')).toBe('src/cli/render');
  expect(sourceOf('contract/order-rules.test.ts')).toBeUndefined();
});
