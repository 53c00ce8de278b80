/**
 * Refuses patterns in src that are not linear: text from outside reaches most of them, and one of 50 kB must not hold up the event loop.
 * One that is put together while the program runs cannot be looked at, so those that there are stand here with the reason.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { patternsOf } from './find.ts';
import { superLinear } from './linear.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Files with patterns that are put together. */
const MADE: Record<string, string> = {
  'src/metrics/pods/own-series.ts': 'of names of metrics in the program itself, on names of metrics of at most 16 kB',
  'src/metrics/preflight/families.ts': 'of the name of a Deployment, anchored, and parts of a pod name between dashes',
};

const known = new Map<string, Promise<string | undefined>>();
for (const file of globSync('src/**/*.ts', { cwd: ROOT })) {
  const { written, made } = patternsOf(readFileSync(join(ROOT, file), 'utf8'));
  if (!(file in MADE))
    for (const line of made) refuse(`${file}:${line}: write the pattern out, so that it can be looked at`);
  for (const pattern of written) {
    const key = `/${pattern.source}/${pattern.flags}`;
    if (!known.has(key)) known.set(key, superLinear(pattern));
    const why = await known.get(key);
    if (why)
      refuse(`${file}:${pattern.line}: ${key} takes ${why} time; anchor it, or leave one way to match each character`);
  }
}

function refuse(what: string): void {
  console.error(what);
  process.exitCode = 1;
}
