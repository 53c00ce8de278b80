/** `npm run build -w extras/dashboard`: what the server loads, and what browsers get from it. Nothing of it needs another package. */
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type InputOptions } from 'rolldown';

const SRC = join(import.meta.dirname, 'src');
const COMMON: InputOptions = {
  cwd: import.meta.dirname,
  tsconfig: join(import.meta.dirname, 'tsconfig.json'),
  treeshake: { moduleSideEffects: false },
  resolve: {
    alias: { 'sluice/contract': join(import.meta.dirname, '..', '..', 'src', 'contract', 'index.ts') },
  },
  logLevel: 'warn',
};

/** @param dir where it goes; default: where package.json has it */
export async function bundle(dir = join(import.meta.dirname, 'dist')): Promise<void> {
  await mkdir(dir, { recursive: true });
  const output = { dir, format: 'esm' as const, comments: false };
  await Promise.all([
    build({ ...COMMON, input: join(SRC, 'index.ts'), platform: 'node', output }),
    build({
      ...COMMON,
      input: { client: join(SRC, 'client', 'main.tsx') },
      platform: 'browser',
      output: { ...output, minify: true },
    }),
    copyFile(join(SRC, 'style.css'), join(dir, 'style.css')),
  ]);
}

if (import.meta.main) await bundle();
