import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initial } from '../../../../src/judge/compare/state.ts';
import { step } from '../../../../src/judge/compare/step.ts';
import type { Tick } from '../../../../src/judge/compare/types.ts';

const BIN = fileURLToPath(new URL('../../../../bin/sluice.mjs', import.meta.url));

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function sluice(args: string[], { input = '', interruptAfterMs = 0 } = {}): Promise<Ran> {
  const child = spawn(process.execPath, [BIN, 'judge', ...args]);
  const ran: Ran = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    ran.stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    ran.stderr += chunk.toString('utf8');
  });
  child.stdin.end(input);
  if (interruptAfterMs > 0) setTimeout(() => child.kill('SIGINT'), interruptAfterMs);
  [ran.code] = (await once(child, 'close')) as [number | null];
  return ran;
}

const series = (canary: number, primary: number): Tick[] =>
  [1, 2, 3, 4].map((tick) => ({
    tick,
    canary: { requests: 300, errors: canary },
    primary: { requests: 5700, errors: primary },
  }));
const jsonl = (ticks: unknown[]) => ticks.map((tick) => `${JSON.stringify(tick)}\n`).join('');
const BAD = series(30, 6);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-judge-'));
  await writeFile(join(dir, 'bad.jsonl'), jsonl(BAD));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('judge replay', () => {
  it('prints what the comparison says at each tick, at full precision, and exits 3 for an abort', async () => {
    let state = initial({ warmupTicks: 0, alpha: 0.02 });
    const expected = BAD.map((tick) => {
      const next = step(state, tick);
      state = next.state;
      return JSON.parse(JSON.stringify(next.output));
    });
    const { code, stdout } = await sluice([
      'replay',
      join(dir, 'bad.jsonl'),
      '--warmup',
      '0',
      '--alpha',
      '0.02',
      '-o',
      'json',
    ]);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(expected);
    expect(code).toBe(3);
  });

  it('reads stdin, exits 0 for a canary that goes on, draws a chart', async () => {
    const chart = join(dir, 'chart.svg');
    const { code, stdout, stderr } = await sluice(['replay', '-', '--chart', chart], { input: jsonl(series(1, 19)) });
    expect([code, stderr]).toEqual([0, `Chart written to ${chart}.\n`]);
    expect(stdout).toMatch(/At the end \(tick 4\) continue/);
    expect(await readFile(chart, 'utf8')).toMatch(/^<svg xmlns/);
  });

  it('lets the threshold rule look', async () => {
    const args = ['replay', join(dir, 'bad.jsonl'), '--rule', 'threshold', '--failures', '2', '-o', 'jsonl'];
    const { code, stdout } = await sluice(args);
    expect(code).toBe(3);
    expect(JSON.parse(stdout.split('\n')[1] ?? '')).toEqual({
      tick: 2,
      verdict: 'abort',
      success: 0.9,
      failed: true,
      failedChecks: 2,
    });
  });

  it('follows the weights of a recording: above 75 % the comparison stands still', async () => {
    const input = jsonl(series(0, 0).map((tick, i) => (i === 2 ? { ...tick, weight: 90 } : tick)));
    const { stdout } = await sluice(['replay', '-', '-o', 'json', '--warmup', '0'], { input });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).stage),
    ).toEqual([
      { ticks: 1, counted: 1, frozen: false },
      { ticks: 2, counted: 2, frozen: false },
      { weight: 90, ticks: 1, counted: 0, frozen: true },
      { weight: 90, ticks: 2, counted: 0, frozen: true },
    ]);
  });

  it.each([
    [jsonl(series(0, 0)).replace('"tick":3', '"tick":2'), /error: stdin line 3: tick 2 comes after tick 2/],
    [jsonl(series(301, 0)), /error: stdin line 1: tick 1: canary\.errors is 301: at most the 300 requests/],
    ['\n\n{"tick":1,"canary":5}\n', /error: stdin line 3: canary is 5: an object wanted/],
    ['', /error: stdin has no ticks/],
  ])('refuses bad input with its line (%#)', async (input, message) => {
    const { code, stderr } = await sluice(['replay', '-'], { input });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it.each([
    [['replay', 'nothing.jsonl'], 5, /there is no file nothing\.jsonl/],
    [['replay', tmpdir()], 2, /cannot read .*: EISDIR/],
    [['replay', '-', '--alpha', '2'], 2, /options: alpha is 2: between 0 and 1 wanted/],
    [['replay', '-', '--rule', 'threshold', '--chart', 'x.svg'], 2, /rule threshold has none/],
    [['plan', '--rps', '50', '--base-errors', '1%'], 2, /one of --weight and --mirror is wanted/],
    [['plan', '--rps', '50', '--base-errors', '1', '--mirror'], 2, /Write a percentage/],
    [['plan', '--rps', '50', '--base-errors', '1%', '--weight', '80'], 2, /Above 75 %/],
    [['plan', '--rps', '50', '--base-errors', '60%', '--mirror', '--regression', 'x2'], 2, /beyond 100 % errors/],
  ] as const)('%s is refused', async (args, expected, message) => {
    const { code, stderr } = await sluice([...args]);
    expect(stderr).toMatch(message);
    expect(code).toBe(expected);
  });
});

describe('judge plan', () => {
  it('tells machines what to expect', async () => {
    const { code, stdout } = await sluice([
      'plan',
      '--rps',
      '50',
      '--weight',
      '5',
      '--base-errors',
      '0.1%',
      '--regression',
      'x6',
      '-o',
      'json',
    ]);
    expect(code).toBe(0);
    const { expectations, canaryRequestsPerMinute } = JSON.parse(stdout);
    expect(canaryRequestsPerMinute).toBe(150);
    expect(expectations).toMatchObject([
      { primary: 0.001, canary: 0.001, outcome: 'pass' },
      { primary: 0.001, canary: 0.006, outcome: 'abort' },
    ]);
  });
});
