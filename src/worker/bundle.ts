/** The workflow bundle, made once per content: building it takes seconds, a worker that restarts mid-rollout has none to spare. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const SOURCE = dirname(dirname(fileURLToPath(import.meta.url)));
const BUNDLED = ['workflows', 'contract', 'rollout', 'judge'];

/**
 * @param options.cacheDir where bundles are kept, default `$XDG_CACHE_HOME/sluice` or `~/.cache/sluice`
 * @returns path of a bundle of today's workflow code
 */
export async function workflowBundle(options: { cacheDir?: string } = {}): Promise<string> {
  const directory = options.cacheDir ?? defaultCacheDir();
  const file = join(directory, `workflows-${await contentHash()}.js`);
  if (await exists(file)) return file;
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(SOURCE, 'workflows', 'index.ts'),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
  });
  await mkdir(directory, { recursive: true });
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, code);
  await rename(partial, file);
  return file;
}

async function contentHash(): Promise<string> {
  const hash = createHash('sha256').update(sdkVersion());
  for (const folder of BUNDLED) {
    const entries = await readdir(join(SOURCE, folder), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort()) hash.update(file.slice(SOURCE.length)).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

function sdkVersion(): string {
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string };
  return version;
}

function defaultCacheDir(): string {
  if (process.env.XDG_CACHE_HOME) return join(process.env.XDG_CACHE_HOME, 'sluice');
  const { homedir, username } = userInfo();
  return homedir ? join(homedir, '.cache', 'sluice') : join(tmpdir(), `sluice-${username}`);
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  );
}
