import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readDockerfile, readProjectFile } from '../../support/compose-file.ts';

interface LockedPackage {
  resolved?: string;
  /** Of this repository. */
  link?: true;
  integrity?: string;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}

describe('Dockerfile', () => {
  const image = readDockerfile();

  it('has one pinned base for every stage', () => {
    expect(image.bases.length).toBeGreaterThan(1);
    for (const base of image.bases) expect(base).toMatch(/^node:\$\{NODE_TAG\}$/);
    expect(image.args.NODE_TAG).toMatch(/^24\.\d+\.\d+-[a-z]+-slim$/);
  });

  it('starts the command of the package as a user without privileges', () => {
    const { bin } = JSON.parse(readProjectFile('package.json'));
    expect(image.entrypoint).toEqual(['node', bin.sluice]);
    expect(image.user).toBe('node');
  });

  it('copies what is there and what .dockerignore lets through', () => {
    const allowed = readProjectFile('.dockerignore').match(/(?<=^!).+$/gm);
    expect(image.copied.length).toBeGreaterThan(0);
    for (const path of image.copied) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      expect(allowed).toContain(path);
    }
  });
});

describe('package-lock.json', () => {
  const { packages } = JSON.parse(readProjectFile('package-lock.json')) as { packages: Record<string, LockedPackage> };

  it('lists the optional packages of every platform: npm ci refuses a lock with gaps', () => {
    const gaps = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !resolves(path, name)),
    );
    expect(gaps).toEqual([]);
  });

  it.each(['package-lock.json', 'tools/node/package-lock.json'])('%s has everything with its hash', (file) => {
    const { packages: all } = JSON.parse(readProjectFile(file)) as { packages: Record<string, LockedPackage> };
    const bare = Object.entries(all).filter(([, { resolved, integrity, link }]) => resolved && !integrity && !link);
    expect(bare).toEqual([]);
  });

  it('needs no install script: what has one works without, and nothing here runs them', () => {
    const own = (files: string[]) =>
      files.flatMap((file) => readProjectFile(file).match(/npm ci.*|'--ignore-scripts'/g) ?? []);
    const scripts = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript);
    expect(scripts.map((path) => path.split('node_modules/').at(-1))).toEqual(['protobufjs', '@swc/core']);
    expect(own(['tools/launch/install.mjs'])).toContain("'--ignore-scripts'");
    for (const line of own(['Dockerfile', '.github/workflows/release.yml'])) expect(line).toContain('--ignore-scripts');
  });

  /** Whether the package at `path` finds `name` in its own folder or in one above, as Node looks for it. */
  function resolves(path: string, name: string): boolean {
    for (let folder = path; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
      if (packages[join(folder, 'node_modules', name)]) return true;
      if (folder === '') return false;
    }
  }
});
