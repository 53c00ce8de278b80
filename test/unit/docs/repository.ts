/** The texts of the repository, as the tests of its documents read them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
/** What git ignores. */
const NOT_OURS = ['node_modules', 'dist', 'out'];

export interface Text {
  /** Relative to the root, with slashes. */
  file: string;
  text: string;
}

/** @param extensions with their dots */
export function texts(...extensions: string[]): Text[] {
  const isOurs = (name: string) => !name.startsWith('.') && !NOT_OURS.includes(name);
  const files = readdirSync(ROOT, { withFileTypes: true })
    .filter(({ name }) => isOurs(name))
    .flatMap((entry) => (entry.isDirectory() ? inFolder(entry.name) : [entry.name]));
  return files
    .filter((file) => extensions.includes(extname(file)) && file.split('/').every(isOurs))
    .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
}

function inFolder(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return entries.map((entry) => `${folder}/${entry.split(sep).join('/')}`).sort();
}

/** Packages beside the core; any of them may be gone, with its folder. */
const EXTRAS = Object.keys(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages).filter((path) =>
  path.startsWith('extras/'),
);

/** @param path relative to the root; what speaks of a package that was taken out is not wrong for that */
export function isThere(path: string): boolean {
  const extra = EXTRAS.find((one) => path === one || path.startsWith(`${one}/`));
  return existsSync(join(ROOT, path)) || (extra !== undefined && !existsSync(join(ROOT, extra)));
}

export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
