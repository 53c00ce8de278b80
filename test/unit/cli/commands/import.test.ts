import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

const BIN = fileURLToPath(new URL('../../../../bin/sluice.mjs', import.meta.url));
const MANIFESTS = fileURLToPath(new URL('../../../support/import/manifests/', import.meta.url));

async function sluice(args: string[], input = '') {
  const child = spawn(process.execPath, [BIN, ...args]);
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-import-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('sluice import', { timeout: 60_000 }, () => {
  it('prints plan and objects, and says what became of each field on stderr: exit 3', async () => {
    const { code, stdout, stderr } = await sluice(['import', '-'], await readFile(join(MANIFESTS, 'F1.yaml'), 'utf8'));
    expect(code).toBe(3);
    const documents = parseAllDocuments(stdout);
    expect('empty' in documents ? [] : documents.map((one) => one.toJS().kind)).toEqual([
      'RolloutPlan',
      'VirtualService',
      'Service',
      'Service',
      'Service',
    ]);
    expect(stderr).toMatch(/^Canary retail\/menu \(stdin\): a plan; 0 lost, \d+ changed, \d+ kept$/m);
    expect(stderr).toMatch(/^changed +19 {2}Canary spec\.analysis\.maxWeight: Flagger upgrades/m);
  });

  it('writes files that plan check takes, and replaces none', async () => {
    const to = join(dir, 'plans');
    const first = await sluice(['import', join(MANIFESTS, 'F1.yaml'), '--to', to]);
    expect([first.code, await readdir(to)]).toEqual([3, ['menu.objects.yaml', 'menu.yaml']]);
    expect(await sluice(['plan', 'check', join(to, 'menu.yaml')])).toMatchObject({ code: 0 });
    const again = await sluice(['import', join(MANIFESTS, 'F1.yaml'), '--to', to]);
    expect(again).toMatchObject({ code: 9, stderr: expect.stringContaining('is there already') });
  });

  it('reads a directory, and gives machines everything', async () => {
    const folder = join(dir, 'two');
    await sluice(['import', join(MANIFESTS, 'F1.yaml'), '--to', folder]);
    await writeFile(join(folder, 'F33.yaml'), await readFile(join(MANIFESTS, 'F33.yaml')));
    const { code, stdout } = await sluice(['import', folder, '-o', 'json']);
    const [imported] = JSON.parse(stdout);
    expect([code, imported.plan, imported.refusals[0].path]).toEqual([3, undefined, 'spec.provider']);
  });

  it('--check names mistakes, exit 3, or none, exit 0', async () => {
    const bad = await sluice(['import', '--check', join(MANIFESTS, 'F39.yaml')]);
    expect(bad).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/F39\.yaml:18:9 {2}spec\.analysis\.metrics\[0\]: .*; name a MetricTemplate/),
    });
    expect(await sluice(['import', '--check', join(MANIFESTS, 'F15.yaml')])).toMatchObject({
      code: 0,
      stdout: 'no mistake found\n',
    });
  });

  it.each([
    ['kind: Service\napiVersion: v1\nmetadata: { name: a }', 'there is no Canary and no Rollout'],
    ['a: {{ b }}', 'helm template'],
  ])('bad input: exit 2', async (input, said) => {
    expect(await sluice(['import', '-'], input)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(said),
    });
  });

  it('a file that is not there: exit 5', async () => {
    expect(await sluice(['import', join(dir, 'none.yaml')])).toMatchObject({ code: 5 });
  });
});
