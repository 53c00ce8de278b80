import { describe, expect, it } from 'vitest';
import type { KubeClient, Ref } from '../../../../src/kubernetes/client/client.ts';
import { ClusterError } from '../../../../src/kubernetes/client/errors.ts';
import type { PodTemplate } from '../../../../src/kubernetes/objects/canonical.ts';
import { configUses, readConfig } from '../../../../src/kubernetes/objects/config.ts';

const container = (extra: object) => ({ name: 'a', image: 'a', ...extra });

const template: PodTemplate = {
  spec: {
    imagePullSecrets: [{ name: 'registry' }],
    containers: [
      container({
        env: [
          { name: 'A', value: 'plain' },
          { name: 'B', valueFrom: { configMapKeyRef: { name: 'env', key: 'b', optional: true } } },
          { name: 'C', valueFrom: { secretKeyRef: { name: 'key', key: 'c' } } },
        ],
        envFrom: [{ secretRef: { name: 'all' } }, { configMapRef: { name: 'maybe', optional: true } }],
      }),
    ],
    initContainers: [container({ env: [{ name: 'B', valueFrom: { configMapKeyRef: { name: 'env', key: 'b' } } }] })],
    volumes: [
      { name: 'v', configMap: { name: 'files' } },
      { name: 's', secret: { secretName: 'tls', optional: true } },
      { name: 'p', projected: { sources: [{ configMap: { name: 'part' } }, { secret: { name: 'key' } }, {}] } },
      { name: 'e', emptyDir: {} },
    ],
  },
};

describe('configuration that a template uses', () => {
  it('is found everywhere, once, without pull secrets', () => {
    expect(configUses(template).map(({ kind, name, optional }) => `${kind} ${name}${optional ? '?' : ''}`)).toEqual([
      'ConfigMap env',
      'ConfigMap files',
      'ConfigMap maybe?',
      'ConfigMap part',
      'Secret all',
      'Secret key',
      'Secret tls?',
    ]);
  });

  it('becomes hashes of its contents, and problems where it cannot', async () => {
    const client = {
      get: async ({ kind, name }: Ref) => {
        if (name === 'all') throw new ClusterError({ verb: 'get', object: name, reason: 'forbidden' });
        if (name === 'files' || name === 'maybe') return undefined;
        return { metadata: { name, resourceVersion: String(Math.random()) }, data: { kind } };
      },
    } as unknown as KubeClient;
    const first = await readConfig(client, 'demo', template);
    expect(first.hashes.map(({ name, hash }) => [name, hash.length])).toEqual([
      ['env', 16],
      ['maybe', 6],
      ['part', 16],
      ['key', 16],
      ['tls', 16],
    ]);
    expect(first.problems.map(({ where, remedy }) => `${where}: ${remedy}`)).toEqual([
      'ConfigMap demo/files: create it, or mark its use as optional',
      'Secret demo/all: grant "get" on secrets in demo (see deploy/rbac.yaml)',
    ]);
    expect(await readConfig(client, 'demo', template)).toEqual(first);
  });
});
