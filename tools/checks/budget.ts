/** Holds what the repository weighs against `budget.json`. */
import { globSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const BESIDE = ['test', 'lab', 'bench', 'examples'];

const { limits } = readJson<{ limits: Record<string, number> }>('budget.json');
const rows = Object.entries(limits).map(([what, limit]) => ({ what, limit, now: measured(what) }));
for (const { what, limit, now } of rows) {
  console.log(`${what.padEnd(40)}${String(now).padStart(8)} of ${limit}${now > limit ? '  TOO MUCH' : ''}`);
}
if (rows.some(({ now, limit }) => now > limit)) {
  const raise = 'If it must be, raise the number in budget.json, in a commit of its own that says why.';
  console.error(`\nLook first what can go. ${raise}`);
  process.exitCode = 1;
}

function measured(what: string): number {
  if (what.startsWith('lines of ')) return lines(what.slice('lines of '.length));
  switch (what) {
    case '(test + lab + bench + examples) / src':
      return Number((BESIDE.reduce((sum, folder) => sum + lines(folder), 0) / lines('src')).toFixed(2));
    case 'runtime dependencies':
      return Object.keys(readJson<{ dependencies: object }>('package.json').dependencies).length;
    case 'installed MB':
      return Number((installedBytes() / 1e6).toFixed(1));
    default:
      throw new Error(`budget.json: nobody measures "${what}"`);
  }
}

/** Of TypeScript and of styles. */
function lines(folder: string): number {
  const texts = globSync('**/*.{ts,tsx,css}', { cwd: join(ROOT, folder) }).map((file) =>
    readFileSync(join(ROOT, folder, file)),
  );
  return texts.reduce((sum, text) => sum + text.filter((byte) => byte === 10).length, 0);
}

/** All packages but those for development, as this machine holds them: programs for other systems are not installed. */
function installedBytes(): number {
  const { packages } = readJson<{ packages: Record<string, { dev?: true; optional?: true; link?: true }> }>(
    'package-lock.json',
  );
  return Object.entries(packages)
    .filter(([path, { dev, link }]) => path.startsWith('node_modules/') && !dev && !link)
    .filter(([path, { optional }]) => !optional || lstatSync(join(ROOT, path), { throwIfNoEntry: false }))
    .reduce((sum, [path]) => sum + bytesIn(join(ROOT, path)), 0);
}

/** Of a package without the packages in it. */
function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    if (entry.name === 'node_modules') return sum;
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? bytesIn(path) : lstatSync(path).size);
  }, 0);
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as T;
}
