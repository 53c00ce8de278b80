/** Functions run what is published, which starts sooner than the sources. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../build/run.ts';
import { say } from '../../story/index.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export async function buildPackage(signal: AbortSignal): Promise<void> {
  say('\nBuilding the package that the functions run: half a minute.');
  const out = join(ROOT, 'out', 'demo');
  mkdirSync(out, { recursive: true });
  const log = join(out, 'build.log');
  await run([process.execPath, 'tools/build/main.ts'], { cwd: ROOT, log, signal });
}
