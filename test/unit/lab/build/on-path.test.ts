import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MANIFEST } from '../../../../lab/build/manifest.ts';
import { type Fit, tryOnPath, versionFits } from '../../../../lab/build/on-path.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-on-path-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that prints a text and ends with a code. */
function program(name: string, output: string, code = 0): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\ncat <<'END'\n${output}\nEND\nexit ${code}\n`, { mode: 0o755 });
  return file;
}

function fitOf(name: string): Fit {
  const fit = MANIFEST.find((part) => part.name === name)?.onPath;
  if (!fit) throw new Error(`${name} is never taken from the PATH`);
  return fit;
}

describe('a program on the PATH', () => {
  it.each([
    ['etcd', 'etcd Version: 3.6.14\nGit SHA: Not provided (use ./build instead of go build)', '3.6.14', true],
    ['etcd', 'etcd Version: 3.4.23\nGit SHA: Not provided', '3.4.23', false],
    ['kube-apiserver', 'Kubernetes v1.36.2', '1.36.2', true],
    ['kube-controller-manager', 'Kubernetes v1.37.0', '1.37.0', false],
    ['kubectl', 'Client Version: v1.35.1\nKustomize Version: v5.8.1', '1.35.1', true],
    ['kubectl', 'Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0', '1.32.4-dispatcher', false],
    ['envoy', '\nenvoy  version: 9e5580933739/1.40.0/Clean/RELEASE/BoringSSL\n', '1.40.0', true],
    ['envoy', '\nenvoy  version: 9e5580933739/1.26.4/Clean/RELEASE/BoringSSL\n', '1.26.4', false],
    ['prometheus', 'prometheus, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5)', '2.42.0+ds', true],
    ['prometheus', 'prometheus, version 3.13.5 (branch: HEAD)', '3.13.5', true],
    ['temporal', 'temporal version 0.0.0-DEV (Server 1.31.2, UI 2.50.1)', '1.31.2', true],
    ['temporal', 'tctl version 1.18.0', undefined, false],
  ])('%s that prints "%s" is of version %s; it fits: %s', async (name, output, version, fits) => {
    const path = program(name, output);
    expect(await tryOnPath(name, fitOf(name), folder)).toEqual({ path, version, fits });
  });

  it('does not fit when it fails, whatever it prints', async () => {
    const path = program('etcd', 'etcd Version: 3.6.14', 1);
    expect(await tryOnPath('etcd', fitOf('etcd'), folder)).toEqual({ path, version: undefined, fits: false });
  });

  it('is nothing where there is none', async () => {
    expect(await tryOnPath('no-such-program', fitOf('etcd'), folder)).toBeUndefined();
  });
});

describe('a version', () => {
  it.each([
    ['1.36.0', true],
    ['1.36', true],
    ['1.36.12-rc.1', true],
    ['1.35.9', false],
    ['1.37.0', false],
    ['1.9.9', false],
    ['10.1.0', false],
    ['unknown', false],
  ])('%s is from 1.36 to below 1.37: %s', (version, fits) => {
    expect(versionFits(version, { from: '1.36', below: '1.37' })).toBe(fits);
  });
});
