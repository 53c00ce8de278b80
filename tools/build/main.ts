/** `npm run build`: what the package holds, in `dist/`. JavaScript for Node, types of what it exports, the workflow bundle. */
import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflows, SHIPPED_BUNDLE } from '../../src/worker/bundle.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DIST = join(ROOT, 'dist');

await rm(DIST, { recursive: true, force: true });
for (const project of ['tsconfig.json', 'tsconfig.types.json']) compile(join(import.meta.dirname, project));
await writeFile(join(DIST, 'worker', SHIPPED_BUNDLE), await bundleWorkflows());

function compile(project: string): void {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '--project', project], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
