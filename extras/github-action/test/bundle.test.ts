/** What GitHub runs is the built file, from the tag as it is. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { runningView } from '../../../test/support/views.ts';
import { bundle } from '../build.ts';
import { startBuilt, startStandIn } from './stand-in.ts';

const FOLDER = join(import.meta.dirname, '..');
const action = parse(readFileSync(join(FOLDER, 'action.yml'), 'utf8'));
const BUILT = join(FOLDER, action.runs.main);

test('the committed file is what build.ts makes: npm run build -w extras/github-action', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-bundle-')), 'main.mjs');
  await bundle(file);
  expect(readFileSync(BUILT, 'utf8') === readFileSync(file, 'utf8')).toBe(true);
});

test('it needs nothing but Node', () => {
  const sources = [...readFileSync(BUILT, 'utf8').matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from);
  expect(sources).toContain('node:fs');
  expect(sources.filter((from) => !from?.startsWith('node:'))).toEqual([]);
});

test('a cancelled job says that the rollout goes on, and how to stop it', async () => {
  const github = await startStandIn();
  const view = runningView();
  github.views = [{ ...view, startedBy: { ...view.startedBy, delivery: '' } }];
  const { child, log, code } = startBuilt(github.env({ environment: 'production' }));
  await expect.poll(log, { timeout: 15_000 }).toContain('step=13');
  child.kill('SIGINT');
  expect(await code).toBe(130);
  expect(log()).toContain('Stopped watching. The rollout goes on.');
  expect(log()).toContain(`To stop the rollout: sluice abort demo/reviews --server ${github.url} --reason`);
  expect(github.read('GITHUB_OUTPUT')).toContain('outcome=interrupted\n');
  expect(github.states()).toEqual(['in_progress', 'in_progress']);
  github.close();
});
