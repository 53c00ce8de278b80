import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { upgradePrimary } from '../../../../src/activities/upgrade-primary.ts';
import { canonicalJson } from '../../../../src/contract/canonical-json.ts';
import { type RevisionKey, revisionKey } from '../../../../src/kubernetes/objects/config.ts';
import { RolloutCluster } from './rollout-cluster.ts';

const [k1, k2, k3] = ['k1', 'k2', 'k3'].map((kid) => revisionKey(kid, kid.repeat(16))) as [
  RevisionKey,
  RevisionKey,
  RevisionKey,
];

/** One whose primary got v2 under the first key, with a Secret. */
async function promoted(...keys: RevisionKey[]): Promise<RolloutCluster> {
  const cluster = new RolloutCluster();
  cluster.putSecret('hunter2');
  cluster.revisionKeys = keys;
  const rollout = await cluster.begin('reviews:v2');
  await upgradePrimary(cluster, { ...rollout.as(1), replicas: 2 }, keys);
  return cluster;
}

const kindOf = async (cluster: RolloutCluster, keys: RevisionKey[], image: string | undefined = 'reviews:v2') => {
  cluster.revisionKeys = keys;
  return (await cluster.detect(image)).kind;
};

describe('keys that rotate between two rollouts', () => {
  test.each<[string, RevisionKey[], RevisionKey[]]>([
    ['another one first', [k1], [k2, k1]],
    ['the old one gone', [k1], [k2]],
    ['twice', [k1], [k3, k2, k1]],
    ['the first one ever', [], [k1]],
    ['none any more', [k1], []],
  ])('%s: what runs does not look new', async (_, before, after) => {
    const cluster = await promoted(...before);
    expect(await kindOf(cluster, after)).toBe('unchanged');
    for (const key of [...cluster.objects.keys()].filter((one) => one.startsWith('controllerrevisions/')))
      cluster.objects.delete(key);
    expect(await kindOf(cluster, after), 'without snapshots').toBe('unchanged');
  });

  test.each<[string, RevisionKey[], 'new' | 'unchanged']>([
    ['with the old key beside the new one', [k2, k1], 'new'],
    ['with nothing to compare by, the image decides', [k2], 'unchanged'],
  ])('a Secret that changed meanwhile, %s', async (_, keys, kind) => {
    const cluster = await promoted(k1);
    cluster.putSecret('hunter3');
    expect(await kindOf(cluster, keys)).toBe(kind);
    cluster.revisionKeys = keys;
    expect((await cluster.detect()).kind, 'an event without an image means the configuration').toBe('new');
  });

  test('a revision that begins after it has the new key', async () => {
    const cluster = new RolloutCluster();
    cluster.putSecret('hunter2');
    cluster.revisionKeys = [k1];
    await cluster.begin('reviews:v2');
    cluster.revisionKeys = [k2, k1];
    const kids = (await cluster.begin('reviews:v3')).revision.config.map(({ kid }) => kid);
    expect(kids).toEqual([k2.kid, k2.kid]);
  });
});

describe('keys that rotate under a running rollout', () => {
  const begun = async () => {
    const cluster = new RolloutCluster();
    cluster.putSecret('hunter2');
    cluster.revisionKeys = [k1];
    const rollout = await cluster.begin('reviews:v2');
    const upgrade = (keys: RevisionKey[], acceptConfig?: string) =>
      upgradePrimary(cluster, { ...rollout.as(1), replicas: 2, ...(acceptConfig && { acceptConfig }) }, keys);
    return { cluster, upgrade };
  };

  test('what was tested is promoted, and a change is met', async () => {
    const { cluster, upgrade } = await begun();
    cluster.objects.set('secrets/demo/login', {
      metadata: { name: 'login', namespace: 'demo' },
      data: { value: 'other' },
    });
    const asked = await upgrade([k2, k1]);
    expect(asked).toMatchObject({ kind: 'drift', sentence: expect.stringContaining('Secret login in demo changed') });
    const { config } = asked as { config?: string };
    expect(await upgrade([k3, k2, k1], config), 'accepted, and rotated once more').toMatchObject({ kind: 'written' });
  });

  test('with the key beside the new one nothing is asked; without it a person is', async () => {
    const { upgrade } = await begun();
    expect(await upgrade([k2])).toMatchObject({
      sentence: expect.stringMatching(/Secret login in demo cannot be compared/),
    });
    expect(await upgrade([k2, k1])).toMatchObject({ kind: 'written' });
  });

  test('a first key changes nothing for what began without', async () => {
    const cluster = new RolloutCluster();
    cluster.putSecret('hunter2');
    const rollout = await cluster.begin('reviews:v2');
    expect(await upgradePrimary(cluster, { ...rollout.as(1), replicas: 2 }, [k1])).toMatchObject({ kind: 'written' });
  });
});

test('no hash of a weak password is on pods, in snapshots or in what the workflow keeps', async () => {
  for (const keys of [[], [k1]]) {
    const cluster = await promoted(...keys);
    cluster.revisionKeys = keys;
    const detected = await cluster.detect('reviews:v3');
    const shown =
      JSON.stringify([...cluster.objects].filter(([key]) => !key.startsWith('secrets/'))) + JSON.stringify(detected);
    const data = { value: 'hunter2' };
    const tried = [
      'hunter2',
      ...[
        data,
        { data },
        { data, binaryData: {} },
        { kind: 'Secret', namespace: 'demo', name: 'login', data, binaryData: {} },
      ].map((one) => canonicalJson(one)),
    ];
    for (const text of tried) expect(shown).not.toContain(createHash('sha256').update(text).digest('hex').slice(0, 12));
    expect(JSON.stringify(detected).includes('no revisionKeys')).toBe(keys.length === 0);
  }
});
