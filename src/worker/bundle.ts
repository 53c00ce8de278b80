/**
 * The workflow bundle: the package ships it; from the sources it is made once per content. Building it takes seconds, and a worker
 * that restarts mid-rollout has none to spare.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = dirname(dirname(fileURLToPath(import.meta.url)));
const BUNDLED = ['workflows', 'contract', 'judge'];
/** Name of the one that the package ships, beside this file. */
export const SHIPPED_BUNDLE = 'workflow-bundle.js';

/**
 * @param options.cacheDir where bundles are kept, default `$XDG_CACHE_HOME/sluice` or `~/.cache/sluice`
 * @returns path of a bundle of this version's workflow code
 */
export async function workflowBundle(options: { cacheDir?: string } = {}): Promise<string> {
  const shipped = fileURLToPath(new URL(SHIPPED_BUNDLE, import.meta.url));
  if (await exists(shipped)) return shipped;
  const directory = options.cacheDir ?? defaultCacheDir();
  const file = join(directory, `workflows-${await contentHash()}.js`);
  if (await exists(file)) return file;
  await mkdir(directory, { recursive: true });
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, await bundleWorkflows());
  await rename(partial, file);
  return file;
}

/** @returns code of the bundle of the workflows in the sources */
export async function bundleWorkflows(): Promise<string> {
  // whoever only wants to know where the bundle is needs no bundler
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(SOURCE, 'workflows', 'index.ts'),
    payloadConverterPath: join(SOURCE, 'workflows', 'payload-converter.ts'),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
  });
  return code;
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
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice');
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  );
}
