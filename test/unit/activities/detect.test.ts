import { describe, expect, test } from 'vitest';
import { upgradePrimary } from '../../../src/activities/upgrade-primary.ts';
import { selects } from '../../../src/kubernetes/objects/pod-template.ts';
import { RolloutCluster } from './support/rollout-cluster.ts';
import { canaryOf, cluster, problemsOf, type Spec } from './support/shaped-cluster.ts';

describe('a canary made from a primary whose selector has expressions', () => {
  const v1 = { app: 'reviews', version: 'v1' };
  test.each<[string, Spec['selector']]>([
    ['In', { matchExpressions: [{ key: 'version', operator: 'In', values: ['v1'] }] }],
    [
      'In beside labels',
      { matchLabels: { app: 'reviews' }, matchExpressions: [{ key: 'version', operator: 'In', values: ['v1', 'v0'] }] },
    ],
    [
      'NotIn',
      {
        matchLabels: { app: 'reviews' },
        matchExpressions: [{ key: 'version', operator: 'NotIn', values: ['v2', 'v3'] }],
      },
    ],
    [
      'Exists beside In',
      {
        matchExpressions: [
          { key: 'app', operator: 'Exists' },
          { key: 'version', operator: 'In', values: ['v1'] },
        ],
      },
    ],
    ['DoesNotExist', { matchLabels: v1, matchExpressions: [{ key: 'legacy', operator: 'DoesNotExist' }] }],
  ])('%s: selects its own pods and no others', async (_, selector) => {
    const canary = await canaryOf(
      cluster((spec) => (spec.selector = selector)),
      'reviews:v2',
    );
    const { labels = {} } = canary.spec.template.metadata ?? {};
    expect(selects(canary.spec.selector, labels)).toBe(true);
    expect(selects(selector, labels)).toBe(false);
    const shared = 'app' in (selector.matchLabels ?? {}) || selector.matchExpressions?.[0]?.key === 'app';
    for (const other of [v1, ...(shared ? [{ app: 'other', version: 'v2' }] : [])])
      expect(selects(canary.spec.selector, other)).toBe(false);
  });

  test.each<[string, Spec['selector']]>([
    ['Exists', { matchLabels: { app: 'reviews' }, matchExpressions: [{ key: 'version', operator: 'Exists' }] }],
    ['In, the canary among them', { matchExpressions: [{ key: 'version', operator: 'In', values: ['v1', 'v2'] }] }],
  ])('%s: refused, as it selects the canary too', async (_, selector) => {
    const answer = await cluster((spec) => (spec.selector = selector)).detect('reviews:v2');
    expect(problemsOf(answer)).toMatch(/selector matches the canary's pods.*must be made anew/);
  });
});

test('a signed offer is replayed after a hundred others, and each of them: none begins anything', async () => {
  const made = new RolloutCluster();
  const offers = Array.from({ length: 101 }, (_, n) => ({
    image: `reviews:r${n}`,
    vouched: { id: `test/signed-${n}`, issuedAt: new Date(Date.UTC(2026, 10, 30) + n * 2_000).toISOString() },
  }));
  const ask = ({ image, vouched }: (typeof offers)[number]) => made.detect(image, made.plan, {}, vouched);
  for (const offer of offers) expect(await ask(offer)).toMatchObject({ kind: 'new' });
  const kinds: string[] = [];
  for (const offer of offers) kinds.push((await ask(offer)).kind);
  // the last fifty are known, and what is older is late
  expect(kinds).toEqual([...Array(51).fill('refused'), ...Array(50).fill('duplicate')]);
  expect(problemsOf(await ask(offers[0] ?? expect.fail()))).toMatch(/issued at .*, and one of .* was taken already/);
});

describe('configuration that is left out of revisions', () => {
  const leaveOut = (made: RolloutCluster, value: string) => {
    const key = 'configmaps/demo/settings';
    const found = made.objects.get(key);
    if (found)
      made.put('configmaps', {
        ...found,
        metadata: { ...found.metadata, annotations: { 'sluice.dev/in-revision': value } },
      });
  };
  async function promoted(): Promise<RolloutCluster> {
    const made = new RolloutCluster();
    const rollout = await made.begin('reviews:v2');
    await upgradePrimary(made, { ...rollout.as(1), replicas: 2 });
    return made;
  }
  const rotate = (made: RolloutCluster) => {
    const found = made.objects.get('configmaps/demo/settings');
    if (found) made.put('configmaps', { ...found, data: { value: 'rotated' } });
  };

  test('a change of it makes no new revision, and neither does leaving it out', async () => {
    const made = await promoted();
    leaveOut(made, 'false');
    expect(await made.detect('reviews:v2')).toMatchObject({ kind: 'unchanged' });
    rotate(made);
    expect(await made.detect('reviews:v2')).toMatchObject({ kind: 'unchanged' });
  });

  test('any other value keeps it in', async () => {
    const made = await promoted();
    leaveOut(made, 'true');
    rotate(made);
    expect(await made.detect('reviews:v2')).toMatchObject({ kind: 'new' });
  });
});
