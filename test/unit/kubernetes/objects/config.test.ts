import { describe, expect, it } from 'vitest';
import type { KubeClient, Ref } from '../../../../src/kubernetes/client/client.ts';
import { ClusterError } from '../../../../src/kubernetes/client/errors.ts';
import { compareConfig, readConfig, revisionKey } from '../../../../src/kubernetes/objects/config.ts';
import { configUses } from '../../../../src/kubernetes/objects/config-uses.ts';
import type { PodTemplate } from '../../../../src/kubernetes/objects/pod-template.ts';

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

  const objects = (content: (ref: Ref) => string) =>
    ({
      get: async (ref: Ref) => {
        const { name } = ref;
        if (name === 'all') throw new ClusterError({ verb: 'get', object: name, reason: 'forbidden' });
        if (name === 'files' || name === 'maybe') return undefined;
        return { metadata: { name, resourceVersion: String(Math.random()) }, data: { value: content(ref) } };
      },
    }) as unknown as KubeClient;
  const client = objects(() => 'hunter2');
  const keys = [revisionKey('k2', 'b'.repeat(32)), revisionKey('k1', 'a'.repeat(32))];

  it('becomes keyed hashes of its contents, and problems where it cannot', async () => {
    const first = await readConfig(client, 'demo', template, keys);
    expect(first.hashes.map(({ name, kid, hash }) => [name, kid, hash.length])).toEqual([
      ['env', keys[0]?.kid, 32],
      ['files', undefined, 6],
      ['maybe', undefined, 6],
      ['part', keys[0]?.kid, 32],
      ['key', keys[0]?.kid, 32],
      ['tls', keys[0]?.kid, 32],
    ]);
    expect(first.problems.map(({ where, remedy }) => `${where}: ${remedy}`)).toEqual([
      'ConfigMap demo/files: create it, or mark its use as optional',
      'Secret demo/all: grant "get" on secrets in demo (see deploy/features/secrets.yaml)',
    ]);
    expect((await readConfig(client, 'demo', template, keys)).lists).toEqual(first.lists);
    const contents = first.hashes.flatMap(({ kid, hash }) => (kid ? hash : []));
    expect(new Set(contents).size, 'equal contents of two objects look different').toBe(contents.length);
  });

  it('without a key says nothing of a Secret that a word list could be tried on', async () => {
    const { hashes, lists } = await readConfig(client, 'demo', template, []);
    expect(lists).toEqual([hashes]);
    expect(hashes.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(hashes.map(({ name }) => name)).toContain('env');
  });

  it('is compared by the key that it was noted with, and is unknown where that is gone', async () => {
    const [k2, k1] = keys as [(typeof keys)[0], (typeof keys)[0]];
    const { hashes: noted } = await readConfig(client, 'demo', template, [k1]);
    const now = (content: string, ...known: typeof keys) =>
      readConfig(
        objects(() => content),
        'demo',
        template,
        known,
      ).then((config) => compareConfig(config, noted));
    const unreadable = 'Secret all';
    expect(await now('hunter2', k2, k1)).toEqual({ changed: [], unknown: [unreadable] });
    const all = ['ConfigMap env', 'ConfigMap part', 'Secret key', 'Secret tls'];
    expect(await now('hunter3', k2, k1)).toEqual({ changed: all, unknown: [unreadable] });
    const gone = { changed: [], unknown: ['ConfigMap env', 'ConfigMap part', unreadable, 'Secret key', 'Secret tls'] };
    expect(await now('hunter2', k2)).toEqual(gone);
    expect(await now('hunter2', revisionKey('k1', 'c'.repeat(32))), 'another key under its name').toEqual(gone);
  });
});
