/** `npm run build -w extras/github-action`: the one file that GitHub runs, from the tag as it is, so it is committed; a test holds it equal. */
import { join } from 'node:path';
import { build } from 'rolldown';

/** @param file where it goes; default: where action.yml has it */
export async function bundle(file = join(import.meta.dirname, 'dist', 'main.mjs')): Promise<void> {
  await build({
    // names in the file follow from paths
    cwd: import.meta.dirname,
    input: join(import.meta.dirname, 'src', 'main.ts'),
    platform: 'node',
    // what nobody uses has no effect: none of our modules does anything when it is loaded
    treeshake: { moduleSideEffects: false },
    resolve: { alias: { 'sluice/cli': join(import.meta.dirname, '..', '..', 'src', 'cli', 'index.ts') } },
    output: { file, format: 'esm', comments: false, banner: '// Built from src by build.ts: change it there.' },
    logLevel: 'warn',
  });
}

if (import.meta.main) await bundle();
