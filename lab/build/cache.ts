/** Where built programs lie: `$XDG_CACHE_HOME/sluice-lab/bin/KEY/NAME`, KEY a hash of everything that decides the content. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { GO_FLAGS } from './go-flags.ts';
import type { BuildPart } from './manifest.ts';
import { pythonIdentity } from './python.ts';

export const TOOLS_DIR = join(import.meta.dirname, '..', 'tools');

/** Everything the lab keeps between runs; by default `~/.cache/sluice-lab`. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice-lab');
}

/**
 * First 16 hex digits of a SHA-256. For Go parts: go.mod, go.sum, a source of ours, and flags, so others of one module share a folder.
 * For Python packages: their versions and the Python that runs them.
 *
 * @param readTool reads a file below lab/tools
 */
export function cacheKey(part: BuildPart, readTool: (path: string) => string = readToolFile): string {
  const hash = createHash('sha256').update(`${process.platform}/${process.arch}\n`);
  for (const line of ingredients(part, readTool)) hash.update(`${line.length}:${line}\n`);
  return hash.digest('hex').slice(0, 16);
}

function ingredients(part: BuildPart, readTool: (path: string) => string): string[] {
  switch (part.kind) {
    case 'go':
      return [...moduleFiles(part.module, readTool), ...(part.source ? [readTool(part.source)] : []), ...GO_FLAGS];
    case 'module-file':
      return [...moduleFiles(part.module, readTool), part.goModule, part.path];
    case 'pip':
      return [part.requirement, part.file];
    case 'python':
      return [readTool(part.requirements), pythonIdentity()];
    case 'deb':
      return [part.package, part.file];
  }
}

function moduleFiles(module: string, readTool: (path: string) => string): string[] {
  return [readTool(join(module, 'go.mod')), readTool(join(module, 'go.sum'))];
}

function readToolFile(path: string): string {
  return readFileSync(join(TOOLS_DIR, path), 'utf8');
}

/** Path of the built file or folder, whether or not it is there yet. */
export function builtPath(part: BuildPart, root: string = cacheRoot()): string {
  return join(root, 'bin', cacheKey(part), part.name);
}

export function isBuilt(part: BuildPart, root: string = cacheRoot()): boolean {
  return existsSync(builtPath(part, root));
}
