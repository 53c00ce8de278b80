/** `npm test`: every tier with what it needs, and at the end what ran. Flags: --help. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { down, LabError, type LabState, spawnInside, up } from '../lab/index.ts';

const HELP = `npm test [-- OPTIONS] [FILTER…]

Runs the static checks and all tiers of tests; FILTER picks test files by part of their path.

  --without-lab   leave out what needs the lab (tiers workflow and lab)
  --only TIERS    comma-separated: static, unit, model, replay, workflow, lab
  --keep          leave the lab up
  --help          this text
`;

const TIERS = ['static', 'unit', 'model', 'replay', 'workflow', 'lab'] as const;
type Tier = (typeof TIERS)[number];

/** Tiers that run inside the lab: real Temporal, real cluster. */
const INSIDE: readonly Tier[] = ['workflow', 'lab'];
const LAB = 'test';
const BIN = join(import.meta.dirname, '..', 'node_modules', '.bin');

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

if (flags.help) console.log(HELP);
else process.exitCode = await main();

async function main(): Promise<number> {
  const named = flags.only?.split(',') ?? [...TIERS];
  const unknown = named.find((name) => !TIERS.some((tier) => tier === name));
  if (unknown !== undefined) {
    console.error(`npm test: no tier is called "${unknown}"; there are ${TIERS.join(', ')}`);
    return 2;
  }
  const wanted = TIERS.filter((tier) => named.includes(tier));
  const tiers = wanted.filter((tier) => !(flags['without-lab'] && INSIDE.includes(tier)));
  const started = Date.now();
  const results: Result[] = [];
  for (const tier of tiers.filter((tier) => !INSIDE.includes(tier))) results.push(...(await outside(tier)));
  const inside = tiers.filter((tier) => INSIDE.includes(tier));
  if (inside.length > 0) results.push(...(await insideLab(inside)));
  return summary(
    results,
    wanted.filter((tier) => !tiers.includes(tier)),
    started,
  );
}

async function outside(tier: Tier): Promise<Result[]> {
  if (tier === 'static') return [await staticChecks()];
  return tests([tier], (argv) => spawn(argv[0] as string, argv.slice(1), { stdio: 'inherit' }));
}

async function staticChecks(): Promise<Result> {
  const started = Date.now();
  const checks = [
    ['tsc', '--noEmit'],
    ['biome', 'check', '--diagnostic-level=warn', '.'],
    ['depcruise', '--config', '.dependency-cruiser.cjs', 'src', 'lab', 'test', 'bench', 'examples'],
  ];
  const codes: number[] = [];
  for (const [program, ...args] of checks) {
    console.log(`\n> ${program} ${args.join(' ')}`);
    codes.push(await exit(spawn(join(BIN, program as string), args, { stdio: 'inherit' })));
  }
  const failed = codes.filter((code) => code !== 0).length;
  return { tier: 'static', passed: codes.length - failed, failed, seconds: (Date.now() - started) / 1000 };
}

/** Tiers in one vitest; counts come from its JSON report, so that a crash of the runner is a failure too. */
async function tests(tiers: Tier[], start: (argv: string[]) => ReturnType<typeof spawn>): Promise<Result[]> {
  const started = Date.now();
  const report = join(mkdtempSync(join(tmpdir(), 'sluice-test-')), 'report.json');
  const projects = tiers.flatMap((tier) => ['--project', tier]);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  console.log(`\n> ${tiers.map((tier) => `tier ${tier}`).join(' and ')}`);
  const code = await exit(
    start([process.execPath, join(BIN, 'vitest'), 'run', ...projects, '--passWithNoTests', ...reporters, ...filters]),
  );
  const results = counts(report, tiers).map((count) => ({ ...count, seconds: (Date.now() - started) / 1000 }));
  const [first] = results;
  if (first && code !== 0 && results.every(({ failed }) => failed === 0)) first.failed = 1;
  return results;
}

interface Report {
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}

function counts(report: string, tiers: Tier[]): { tier: Tier; passed: number; failed: number }[] {
  const { testResults } = existsSync(report)
    ? (JSON.parse(readFileSync(report, 'utf8')) as Report)
    : { testResults: [] };
  return tiers.map((tier) => {
    const files = testResults.filter(({ name }) => name.includes(`/test/${tier}/`));
    const count = (status: string) =>
      files.reduce((sum, file) => sum + file.assertionResults.filter((test) => test.status === status).length, 0);
    const broken = files.filter(
      (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
    );
    return { tier, passed: count('passed'), failed: count('failed') + broken.length };
  });
}

/** Both tiers at once: they wait most of the time, for intervals, pods and timers. */
async function insideLab(tiers: Tier[]): Promise<Result[]> {
  try {
    const state = await up({ name: LAB });
    console.log(`lab ${LAB} is up (${Math.round((state.readyAfterMs ?? 0) / 1000)} s)`);
    return await tests(tiers, (argv) => start(state, argv));
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    console.error(`\n${error.message}\n\nnpm test -- --without-lab runs what needs no lab.`);
    return tiers.map((tier) => ({ tier, passed: 0, failed: 1, seconds: 0 }));
  } finally {
    if (!flags.keep) await down(LAB);
  }
}

function start(state: LabState, argv: string[]): ReturnType<typeof spawn> {
  return spawnInside(state, argv, { stdio: 'inherit' });
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
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
