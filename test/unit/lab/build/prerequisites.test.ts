import { describe, expect, it } from 'vitest';
import { MANIFEST } from '../../../../lab/build/manifest.ts';
import {
  checkBuildTools,
  checkRunTools,
  type HostFacts,
  missingToBuild,
  missingToRun,
} from '../../../../lab/build/prerequisites.ts';

const good: HostFacts = {
  platform: 'linux',
  onPath: () => true,
  goVersion: 'go version go1.26.8 linux/amd64',
  goMayUpgrade: true,
  pip: true,
  isRoot: false,
  namespaces: true,
};
const without = (...programs: string[]) => ({ ...good, onPath: (program: string) => !programs.includes(program) });

describe('what running needs', () => {
  it('is content with a good machine', () => {
    expect(missingToRun(good)).toEqual([]);
    expect(() => checkRunTools(good)).not.toThrow();
  });

  it('says what is missing, why, and how to get it', () => {
    expect(missingToRun(without('ip'))).toEqual([
      'ip is missing: it gives pods their addresses. Install the package iproute2.',
    ]);
    expect(() => checkRunTools(without('unshare'))).toThrow(/^unshare is missing: .*Install the package util-linux\.$/);
  });

  it('refuses other systems before anything else', () => {
    expect(missingToRun({ ...without('ip'), platform: 'darwin' })).toEqual([
      expect.stringMatching(/^Linux is missing/),
    ]);
  });

  it('tells root and others apart when namespaces are not allowed', () => {
    expect(missingToRun({ ...good, namespaces: false })[0]).toMatch(/user\.max_user_namespaces/);
    expect(missingToRun({ ...good, namespaces: false, isRoot: true })[0]).toMatch(/CAP_SYS_ADMIN/);
  });
});

describe('what building needs', () => {
  const build = (facts: HostFacts) => missingToBuild(MANIFEST, facts);

  it('is content with a good machine', () => {
    expect(build(good)).toEqual([]);
  });

  it('asks only for what the missing parts need', () => {
    const envoy = MANIFEST.filter((part) => part.name === 'envoy');
    expect(missingToBuild(envoy, { ...good, goVersion: undefined })).toEqual([]);
    expect(missingToBuild(envoy, { ...good, pip: false })[0]).toMatch(/python3-pip/);
    expect(missingToBuild(envoy, without('python3'))[0]).toMatch(/^python3 is missing/);
  });

  it('accepts a Go that fetches the wanted toolchain, not one that may not', () => {
    const old = 'go version go1.22.1 linux/amd64';
    expect(build({ ...good, goVersion: old })).toEqual([]);
    expect(build({ ...good, goVersion: old, goMayUpgrade: false })).toEqual([expect.stringMatching(/this is go1\.22/)]);
    expect(build({ ...good, goVersion: 'go version go1.19.8 linux/amd64' })).toHaveLength(1);
    expect(build({ ...good, goVersion: 'go version go2.0 linux/amd64' })).toEqual([]);
    expect(build({ ...good, goVersion: undefined })[0]).toMatch(/^Go is missing/);
  });

  it('puts the first finding in the message and the rest in the details', () => {
    const facts = { ...without('python3'), goVersion: undefined };
    expect(() => checkBuildTools(MANIFEST, facts)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^Go is missing/),
        details: [expect.stringMatching(/^python3/)],
      }),
    );
  });
});
