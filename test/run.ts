/** The test commands: every tier with what it needs, and at the end what ran. Options: --help. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../lab/build/index.ts';
import { FLUX, GOJQ, MANIFEST } from '../lab/build/manifest.ts';
import { catchInterrupts, INTERRUPTED, interrupted } from './runner/child.ts';
import { insideLab } from './runner/inside-lab.ts';
import { chosenFiles, HELP, readOptions, type TestOptions, WrongOptions } from './runner/options.ts';
import { ResultFile } from './runner/results.ts';
import { runVitest, watchVitest } from './runner/run-vitest.ts';
import { checks, examples } from './runner/single.ts';
import { summary } from './runner/summary.ts';
import { filesOf, TIERS, type Tier } from './runner/tiers.ts';

const ROOT = join(import.meta.dirname, '..');

catchInterrupts();
try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof WrongOptions)) throw error;
  console.error(`npm test: ${error.message}`);
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    console.log(HELP);
    return 0;
  }
  if ('watch' in options) return watchVitest(options.watch, startHere);
  const started = Date.now();
  const results = resultsOf(options);
  await runTiers(options, results);
  if (interrupted.aborted && options.everything) console.log('\nInterrupted; the next call goes on.');
  const all = results.read();
  console.log(`\n${summary(all, options, (Date.now() - started) / 1000)}`);
  if (interrupted.aborted) return INTERRUPTED;
  return all.length > 0 && all.every(({ failed }) => failed === 0) ? 0 : 1;
}

/** Only what `npm run test:all` finds out is kept for the next call. */
function resultsOf({ everything, fresh }: TestOptions): ResultFile {
  if (!everything) return new ResultFile(join(mkdtempSync(join(tmpdir(), 'sluice-test-')), 'results.jsonl'));
  const kept = new ResultFile(join(ROOT, 'out', 'test', 'results.jsonl'));
  const files = TIERS.flatMap((tier) => [tier.name, ...filesOf(tier)]);
  kept.keep(({ file, failed }) => !fresh && failed === 0 && files.includes(file));
  return kept;
}

async function runTiers(options: TestOptions, results: ResultFile): Promise<void> {
  const done = new Set(results.read().map(({ file }) => file));
  const todo = (tier: Tier) => chosenFiles(tier, options.filters).filter((file) => !done.has(file));
  const has = (tier: Tier) => todo(tier).length > 0 || (!tier.vitest && !done.has(tier.name));
  const tiers = options.tiers.filter(has);
  const names = tiers.map(({ name }) => name);
  const files = (some: Tier[]) => new Map(some.map((tier) => [tier, todo(tier)]));
  const inside = tiers.filter((tier) => tier.inside);

  // before anything that may use a program of the lab
  const programs = options.everything ? [...MANIFEST, GOJQ, FLUX] : MANIFEST;
  if (inside.length > 0) await ensureBuilt(undefined, interrupted, programs);
  const outside = files(tiers.filter((tier) => !tier.inside));
  const here = { files: outside, everything: options.everything, results, start: startHere };
  await Promise.all([names.includes('checks') && checks(results), runVitest(here)]);
  if (interrupted.aborted) return;
  const theExamples = async () => names.includes('examples') && examples(options, results);
  if (inside.length > 0) await insideLab(files(inside), options, results, theExamples);
  else await theExamples();
}

function startHere([program = '', ...args]: string[], env: Record<string, string>) {
  return spawn(program, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
}
