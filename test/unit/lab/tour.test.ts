import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';

const MAIN = 'lab/tour/main.ts';
let said = '';

beforeAll(async () => {
  const env = { ...process.env, NO_COLOR: '1' };
  ({ stdout: said } = await promisify(execFile)(process.execPath, [MAIN, '--fast'], { env, timeout: 290_000 }));
}, 300_000);

test('the recorded rollout plays: mirror, weights, a check that fails, and the way back', () => {
  const lines = said.split('\n');
  expect(lines).toContainEqual(expect.stringMatching(/ interval stage=mirror verdict=pass /));
  expect(lines).toContainEqual(expect.stringMatching(/ weight=60\b/));
  expect(lines).toContainEqual(expect.stringMatching(/ interval stage="60 %" verdict=fail .*failures=2\/2/));
  expect(lines).toContainEqual(expect.stringMatching(/ ended outcome=failed /));
});

test('what was recorded verifies; one changed figure is found, by the file itself and by re-execution', () => {
  const [recorded = '', plain = '', thorough = ''] = said
    .replaceAll(/\s+/g, ' ')
    .split('$ sluice audit verify ')
    .slice(1);
  expect(recorded).toMatch(/the chain over \d+ events is whole/);
  expect(recorded).toMatch(/re-executed, decides the same: \d+ inputs, answers and results/);
  const [, was, line] = /changes one figure, "value": ([\d.]+) in line (\d+), to 99\.9 $/.exec(recorded) ?? [];
  expect(Number(line)).toBeGreaterThan(1);
  expect(plain).toMatch(/✖ event \d+, told\.records\[\d+\]\.saw\.checks\[0\]\.value /);
  expect(plain).toContain(`: the file says 99.9; its history says ${was} `);
  expect(thorough).toMatch(/✖ event \d+, input\.view\.lastInterval\.checks\[0\]\.value /);
  expect(thorough).toContain(`: the file says ${was}; the workflow code, re-executed, says 99.9 `);
});

test('nothing is coloured where nobody looks', () => {
  expect(said).not.toContain('\u001b');
});
