/** `npm test`: every tier with what it needs, and at the end what ran. Flags: --help. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { down, LabError, type LabState, signalInside, spawnInside, up } from '../lab/index.ts';
import { runChecks } from '../tools/checks/run.ts';
import { readResults } from './faults/results.ts';

const HELP = `npm test [-- OPTIONS] [FILTER…]

Runs the static checks and all tiers of tests; FILTER picks test files by part of their path.

  --without-lab   leave out what needs the lab (tiers workflow, lab and faults)
  --only TIERS    comma-separated: static, unit, model, replay, workflow, lab, faults (left out beside a FILTER)
  --keep          leave the lab up
  --help          this text
`;

const TIERS = ['static', 'unit', 'model', 'replay', 'workflow', 'lab', 'faults'] as const;
type Tier = (typeof TIERS)[number];

/** Tiers that run inside the lab: real Temporal, real cluster. */
const INSIDE: readonly Tier[] = ['workflow', 'lab', 'faults'];
const LAB = 'test';
const BIN = join(import.meta.dirname, '..', 'node_modules', '.bin');

/** Behind everything else in the lab (sched(7), autogroups): its users shall feel the rollout, not the tests. */
const BEHIND = ['setsid', 'sh', '-c', 'echo 10 2>/dev/null >/proc/self/autogroup; exec "$0" "$@"'];

interface Result {
  tier: Tier;
  passed: number;
  failed: number;
  seconds: number;
}

const { values: flags, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: {
    'without-lab': { type: 'boolean', default: false },
    only: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Exit code of a command that Ctrl-C ended: 128 + SIGINT. */
const INTERRUPTED = 130;
/** After Ctrl-C what runs is ended, nothing more is started, and the lab is taken down. */
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort());

if (flags.help) console.log(HELP);
else process.exitCode = await main();

async function main(): Promise<number> {
  const named = flags.only?.split(',') ?? TIERS.filter((tier) => tier !== 'faults' || filters.length === 0);
  const unknown = named.find((name) => !TIERS.some((tier) => tier === name));
  if (unknown !== undefined) {
    console.error(`npm test: no tier is called "${unknown}"; there are ${TIERS.join(', ')}`);
    return 2;
  }
  const wanted = TIERS.filter((tier) => named.includes(tier));
  const left = wanted.filter((tier) => flags['without-lab'] && INSIDE.includes(tier));
  const tiers = wanted.filter((tier) => !left.includes(tier));
  const started = Date.now();
  const results: Result[] = [];
  for (const tier of tiers.filter((tier) => !INSIDE.includes(tier))) {
    if (!interrupt.signal.aborted) results.push(await outside(tier));
  }
  const inside = tiers.filter((tier) => INSIDE.includes(tier));
  if (inside.length > 0 && !interrupt.signal.aborted) results.push(...(await insideLab(inside)));
  const code = summary(results, left, started);
  return interrupt.signal.aborted ? INTERRUPTED : code;
}

async function outside(tier: Tier): Promise<Result> {
  if (tier === 'static') return staticChecks();
  return tests(tier, (argv) => spawn(argv[0] as string, argv.slice(1), { stdio: 'inherit' }));
}

async function staticChecks(): Promise<Result> {
  const started = Date.now();
  const { passed, failed } = await runChecks();
  return { tier: 'static', passed: passed.length, failed: failed.length, seconds: (Date.now() - started) / 1000 };
}

/** Counts come from vitest's JSON report, so that a crash of the runner is a failure too. */
async function tests(tier: Tier, start: (argv: string[]) => ReturnType<typeof spawn>): Promise<Result> {
  const started = Date.now();
  const report = join(mkdtempSync(join(tmpdir(), 'sluice-test-')), 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const options = ['--project', tier, '--passWithNoTests', ...reporters];
  console.log(`\n> tier ${tier}`);
  const code = await exit(start([process.execPath, join(BIN, 'vitest'), 'run', ...options, ...filters]));
  const { passed, failed } = counts(report);
  return { tier, passed, failed: failed || (code === 0 ? 0 : 1), seconds: (Date.now() - started) / 1000 };
}

interface Report {
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}

function counts(report: string): { passed: number; failed: number } {
  const { testResults } = existsSync(report)
    ? (JSON.parse(readFileSync(report, 'utf8')) as Report)
    : { testResults: [] };
  const count = (status: string) =>
    testResults.reduce((sum, file) => sum + file.assertionResults.filter((test) => test.status === status).length, 0);
  const broken = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  return { passed: count('passed'), failed: count('failed') + broken.length };
}

/** One tier after the other: the workflow tier takes all processors it can get, and users of the lab tier would feel it. */
async function insideLab(tiers: Tier[]): Promise<Result[]> {
  try {
    const state = await up({ name: LAB, signal: interrupt.signal });
    console.log(`lab ${LAB} is up (${Math.round((state.readyAfterMs ?? 0) / 1000)} s)`);
    const results: Result[] = [];
    for (const tier of tiers) {
      if (interrupt.signal.aborted) break;
      results.push(tier === 'faults' ? await faultRows() : await tests(tier, (argv) => start(state, argv)));
    }
    return results;
  } catch (error) {
    if (interrupt.signal.aborted) return [];
    if (!(error instanceof LabError)) throw error;
    console.error(`\n${error.message}\n\nnpm test -- --without-lab runs what needs no lab.`);
    return tiers.map((tier) => ({ tier, passed: 0, failed: 1, seconds: 0 }));
  } finally {
    if (!flags.keep) await down(LAB);
  }
}

/** The rows of the fault table that every merge is held against, in the lab that is up. */
async function faultRows(): Promise<Result> {
  const started = Date.now();
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-test-')), 'results.jsonl');
  const options = ['--name', LAB, '--only', 'minimum', '--results', file];
  console.log('\n> tier faults');
  const main = join(import.meta.dirname, 'faults', 'main.ts');
  const code = await exit(spawn(process.execPath, [main, ...options], { stdio: 'inherit' }));
  const rows = [...readResults(file).values()];
  const failed = rows.filter(({ ok }) => !ok).length || (code === 0 ? 0 : 1);
  return { tier: 'faults', passed: rows.filter(({ ok }) => ok).length, failed, seconds: (Date.now() - started) / 1000 };
}

function start(state: LabState, argv: string[]): ReturnType<typeof spawn> {
  return spawnInside(state, [...BEHIND, ...argv], { stdio: 'inherit' });
}

function summary(results: Result[], left: Tier[], started: number): number {
  console.log('\ntier       passed  failed  seconds');
  for (const { tier, passed, failed, seconds } of results) {
    console.log(
      `${tier.padEnd(9)} ${String(passed).padStart(7)} ${String(failed).padStart(7)} ${seconds.toFixed(0).padStart(8)}`,
    );
  }
  for (const tier of left) console.log(`${tier.padEnd(9)} left out: it needs the lab`);
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  console.log(`\nin ${((Date.now() - started) / 60_000).toFixed(1)} minutes\n\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

function exit(child: ReturnType<typeof spawn>): Promise<number> {
  const end = () => signalInside(child, 'SIGTERM');
  interrupt.signal.addEventListener('abort', end);
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  }).finally(() => interrupt.signal.removeEventListener('abort', end));
}
