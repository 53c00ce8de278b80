import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../../../bin/sluice.mjs', import.meta.url));

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the real program; nothing listens at the Temporal address it is given. */
function sluice(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, TEMPORAL_ADDRESS: '127.0.0.1:1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-cli-'));
  await writeFile(
    join(dir, 'broken.yaml'),
    'apiVersion: sluice.dev/v1alpha1\nkind: RolloutPlan\nspec: { shift: { weights: [50] } }\n',
  );
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('usage', () => {
  it('help leads with examples and ends with the exit codes', async () => {
    const { code, stdout, stderr } = await sluice(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.startsWith('Examples:\n')).toBe(true);
    expect(stdout).toContain('130 interrupted');
    expect(stdout).toContain('TEMPORAL_PROFILE');
    for (const verb of [
      'dev',
      'server',
      'worker',
      'setup',
      'reconcile',
      'run',
      'get',
      'list',
      'pause',
      'resume',
      'abort',
      'answer',
      'acknowledge',
      'audit',
      'plan',
      'version',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
    }
  });

  it.each([
    [['gte', 'demo/reviews'], /Did you mean get/],
    [['get', 'x', '--timeuot', '1m'], /Did you mean --timeout/],
    [['get'], /missing required argument 'plan'/],
    [['abort', 'demo/reviews'], /required option '--reason <text>'/],
    [['run', 'p.yaml'], /required option '--image <image>'/],
    [['run', 'p.yaml', '--image', 'Not An Image'], /Write an image with a tag or digest/],
    [['get', 'x', '--timeout', 'soon'], /Write it like 90s, 30m or 1h30m/],
    [['list', '--limit', '0'], /Write a whole number, 1 or more/],
    [['list', '-o', 'xml'], /Allowed choices are text, json, jsonl/],
    [['get', 'a/b/c'], /names no plan/],
    [['answer', 'demo/reviews', 'refused/route', 'maybe'], /"maybe" is no answer.*\s+Write one of retry, /],
    [['answer', 'demo/reviews', 'refused/route'], /missing required argument 'answer'/],
    [['acknowledge', 'demo/reviews'], /missing required argument 'question'/],
    [['get', '../etc'], /names no plan/],
    [['get', 'demo/reviews', '-n', 'other'], /names the namespace demo, --namespace says other/],
    [['server', '--plans', '.', '--port', '99999'], /Write a whole number, 0 to 65535/],
  ])('%j is a usage error that helps', async (args, message) => {
    const { code, stdout, stderr } = await sluice(args);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('without a command it prints help as an error', async () => {
    const { code, stdout } = await sluice([]);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('without Temporal', () => {
  it.each(['worker', 'server'])('%s refuses the key of everybody before it asks for anything', async (name) => {
    const { code, stderr } = await sluice([name], { SLUICE_ACTOR_KEY: 'x' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/SLUICE_ACTOR_KEY is not used any more.*\s+.*sluice key init/);
  });

  it('version and plan check work', async () => {
    const { code, stdout } = await sluice(['version', '-o', 'json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      sluice: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.versions.node,
    });
  });

  it('a broken plan is reported with its places', async () => {
    const file = join(dir, 'broken.yaml');
    const { code, stdout } = await sluice(['plan', 'check', file]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/broken\.yaml:\d+:\d+ {2}/);
    const json = await sluice(['plan', 'check', file, '-o', 'json']);
    expect(JSON.parse(json.stdout)[0].problems.length).toBeGreaterThan(0);
    expect((await sluice(['run', file, '--image', 'reviews:v2'])).code).toBe(2);
  });

  it('a missing file is "not found"', async () => {
    const { code, stderr } = await sluice(['plan', 'check', join(dir, 'no.yaml')]);
    expect(code).toBe(5);
    expect(stderr).toContain('there is no file');
  });

  it('everything else says where it looked and what to do (exit 10)', async () => {
    const { code, stdout, stderr } = await sluice(['get', 'demo/reviews']);
    expect([code, stdout]).toEqual([10, '']);
    expect(stderr).toContain('Temporal does not answer at 127.0.0.1:1');
    expect(stderr).toContain('sluice dev');
  });

  it('connection settings that cannot be used are usage errors, before anything is asked', async () => {
    const { code, stdout, stderr } = await sluice(['list'], { TEMPORAL_PROFILE: 'nope', XDG_CONFIG_HOME: dir });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('it has no [profile.nope], which TEMPORAL_PROFILE names');
  });

  it('dev says which program is missing', async () => {
    const { code, stderr } = await sluice(
      ['dev', '--temporal-bin', join(dir, 'nope'), '--state-dir', dir, '--temporal', '127.0.0.1:1'],
      {},
    );
    expect(code).toBe(10);
    expect(stderr).toContain(`there is no program ${join(dir, 'nope')}`);
  });
});
