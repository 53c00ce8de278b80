import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtPath, cacheKey, cacheRoot, TOOLS_DIR } from '../../../../lab/build/cache.ts';
import { type BuildPart, FLUX, GOJQ, type GoPart, HELM, MANIFEST } from '../../../../lab/build/manifest.ts';

const part: GoPart = { kind: 'go', name: 'tool', module: 'm', package: 'example.com/tool', expectedSeconds: 1 };
const files: Record<string, string> = { 'm/go.mod': 'module m', 'm/go.sum': 'sum' };
const key = (changed: Partial<GoPart> = {}, changedFiles: Record<string, string> = {}) =>
  cacheKey({ ...part, ...changed } as BuildPart, (path) => ({ ...files, ...changedFiles })[path] ?? '');

describe('the cache key', () => {
  it('is the same for the same content', () => {
    expect(key()).toBe(key());
    expect(key()).toMatch(/^[0-9a-f]{16}$/);
  });

  it('changes with go.mod and go.sum', () => {
    const keys = [key(), key({}, { 'm/go.mod': 'module m // newer' }), key({}, { 'm/go.sum': 'other' })];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('changes with a program of ours', () => {
    const source = 'm/own/main.go';
    expect(key({ source }, { [source]: 'package main' })).not.toBe(
      key({ source }, { [source]: 'package main // newer' }),
    );
  });

  it('does not confuse text that moved from one file to the next', () => {
    expect(key({}, { 'm/go.mod': 'ab', 'm/go.sum': 'c' })).not.toBe(key({}, { 'm/go.mod': 'a', 'm/go.sum': 'bc' }));
  });

  it('changes with the versions of Python packages', () => {
    const packages: BuildPart = { kind: 'python', name: 'p', requirements: 'p/requirements.txt', expectedSeconds: 1 };
    const keyOf = (requirements: string) => cacheKey(packages, () => requirements);
    expect(keyOf('a==1')).toBe(keyOf('a==1'));
    expect(keyOf('a==1')).not.toBe(keyOf('a==2'));
  });

  it('is shared by the programs of one module, which differ by name', () => {
    expect(key({ name: 'other', package: 'example.com/other' })).toBe(key());
  });
});

describe('the manifest', () => {
  it('gives every program a place of its own', () => {
    const paths = MANIFEST.map((one) => builtPath(one, '/cache'));
    expect(new Set(paths).size).toBe(MANIFEST.length);
  });

  it('names Go packages that the committed tools modules list', () => {
    for (const one of [...MANIFEST, HELM, GOJQ, FLUX]) {
      const part = one.kind === 'deb' ? one.otherwise : one;
      if (part.kind !== 'go') continue;
      const goMod = readFileSync(join(TOOLS_DIR, part.module, 'go.mod'), 'utf8');
      expect(goMod).toMatch(new RegExp(`^(tool )?\\t?${part.package}$`, 'm'));
    }
  });

  it('gives every Python package one version', () => {
    for (const part of MANIFEST) {
      if (part.kind !== 'python') continue;
      const lines = readFileSync(join(TOOLS_DIR, part.requirements), 'utf8').trimEnd().split('\n');
      expect(lines.filter((line) => !/^(#|[\w.-]+==[\w.]+$)/.test(line))).toEqual([]);
    }
  });
});

describe('the cache folder', () => {
  it('follows XDG_CACHE_HOME', () => {
    expect(cacheRoot({ XDG_CACHE_HOME: '/x' })).toBe('/x/sluice-lab');
    expect(cacheRoot({})).toMatch(/\/\.cache\/sluice-lab$/);
  });
});
