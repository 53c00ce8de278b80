/** Everything about the repository that can be said without running it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const BIN = join(ROOT, 'node_modules', '.bin');
/** Extras may be gone. */
const FOLDERS = ['src', 'lab', 'test', 'bench', 'examples', 'tools', 'extras'].filter((name) =>
  existsSync(join(ROOT, name)),
);

/** What is drawn for browsers has globals that nothing else may use. */
const PROJECTS = ['tsconfig.json', ...globSync('extras/*/tsconfig.json', { cwd: ROOT })];

const CHECKS: Record<string, string[]> = {
  ...Object.fromEntries(PROJECTS.map((file) => [`types by ${file}`, [join(BIN, 'tsc'), '--noEmit', '-p', file]])),
  format: [join(BIN, 'biome'), 'check', '--error-on-warnings', '.'],
  'who knows whom': [join(BIN, 'depcruise'), '--config', '.dependency-cruiser.cjs', ...FOLDERS],
  'what nobody uses': [join(BIN, 'knip')],
  patterns: [join(import.meta.dirname, 'patterns', 'main.ts')],
  'type names': [join(import.meta.dirname, 'type-names.ts')],
  budget: [join(import.meta.dirname, 'budget.ts')],
};

export interface CheckResults {
  passed: string[];
  failed: string[];
}

/**
 * Runs all of them, whatever fails.
 * @param output file descriptor of what they say; default: the terminal's
 */
export async function runChecks(output = 1): Promise<CheckResults> {
  const results: CheckResults = { passed: [], failed: [] };
  for (const [name, argv] of Object.entries(CHECKS)) {
    writeSync(output, `\n> ${name}\n`);
    const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: ['ignore', output, output] });
    const [code] = await once(child, 'exit');
    results[code === 0 ? 'passed' : 'failed'].push(name);
  }
  return results;
}
