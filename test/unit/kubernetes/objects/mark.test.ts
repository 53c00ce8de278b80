import { describe, expect, it } from 'vitest';
import { OFFERED } from '../../../../src/kubernetes/objects/annotations.ts';
import { type RevisionKey, readConfig, revisionKey } from '../../../../src/kubernetes/objects/config.ts';
import type { Deployment } from '../../../../src/kubernetes/objects/deployments.ts';
import { formatOffered, isMarked, markOf, offeredOf } from '../../../../src/kubernetes/objects/mark.ts';
import type { PodTemplate } from '../../../../src/kubernetes/objects/pod-template.ts';
import { FakeCluster } from '../../../support/fakes/cluster.ts';

const [k1, k2] = ['k1', 'k2'].map((kid) => revisionKey(kid, kid.repeat(16))) as [RevisionKey, RevisionKey];

function template(image = 'reviews:v1', annotations: Record<string, string> = {}): PodTemplate {
  const envFrom = [
    { configMapRef: { name: 'settings', optional: true } },
    { secretRef: { name: 'login', optional: true } },
  ];
  return { metadata: { annotations }, spec: { containers: [{ name: 'reviews', image, envFrom }] } };
}

function world(objects: { settings?: string; login?: string }) {
  const cluster = new FakeCluster();
  const put = (resource: string, name: string, value: string) =>
    cluster.put(resource, { metadata: { name, namespace: 'demo' }, data: { value } });
  if (objects.settings) put('configmaps', 'settings', objects.settings);
  if (objects.login) put('secrets', 'login', objects.login);
  return (keys: RevisionKey[], of = template()) => readConfig(cluster, 'demo', of, keys);
}

describe('the mark of a canary', () => {
  const before = world({ settings: 'one', login: 'hunter2' });
  const noted = async (keys: RevisionKey[]) => markOf(template(), await before(keys));

  it.each<[string, PodTemplate, Parameters<typeof world>[0], boolean]>([
    ['nothing', template(), { settings: 'one', login: 'hunter2' }, true],
    [
      'a restart by hand',
      template('reviews:v1', { 'kubectl.kubernetes.io/restartedAt': 'now' }),
      { settings: 'one', login: 'hunter2' },
      true,
    ],
    ['another image', template('reviews:v2'), { settings: 'one', login: 'hunter2' }, false],
    ['another annotation', template('reviews:v1', { note: 'new' }), { settings: 'one', login: 'hunter2' }, false],
    ['another ConfigMap', template(), { settings: 'two', login: 'hunter2' }, false],
    ['another Secret', template(), { settings: 'one', login: 'hunter3' }, false],
    ['a Secret that is gone', template(), { settings: 'one' }, false],
    ['all that is gone', template(), {}, false],
  ])('after %s: %#', async (_, now, objects, same) => {
    expect(isMarked(await noted([k1]), now, await world(objects)([k1], now))).toBe(same);
  });

  it('stays when keys rotate, and sees a change all the same as long as the key is there', async () => {
    const changed = world({ settings: 'one', login: 'hunter3' });
    expect(isMarked(await noted([k1]), template(), await before([k2, k1]))).toBe(true);
    expect(isMarked(await noted([k1]), template(), await changed([k2, k1]))).toBe(false);
    expect(isMarked(await noted([k1]), template(), await before([k2]))).toBe(true);
    expect(isMarked(await noted([k1]), template('reviews:v2'), await before([k2]))).toBe(false);
  });

  it('has no Secret where there is no key', async () => {
    const changed = world({ settings: 'one', login: 'hunter3' });
    expect(isMarked(await noted([]), template(), await changed([]))).toBe(true);
    expect(isMarked(await noted([]), template(), await changed([k1]))).toBe(true);
  });
});

describe('what was offered', () => {
  const canary = (text?: string): Deployment => ({
    metadata: { name: 'reviews-v2', ...(text !== undefined && { annotations: { [OFFERED]: text } }) },
    spec: { selector: {}, template: template() },
  });

  it.each([
    { count: 0, mark: '' },
    { count: 12, mark: '0a1b2c3d4e/k1.0a1b.0f' },
  ])('is read as it was written: %j', (one) => {
    expect(offeredOf(canary(formatOffered(one)))).toEqual(one);
  });

  it.each([undefined, '', 'nonsense', '-1 x', '1  x', `1 ${'x'.repeat(400)}`])(
    'is nothing where it says %j',
    (text) => {
      expect(offeredOf(canary(text))).toEqual({ count: 0, mark: '' });
    },
  );
});
