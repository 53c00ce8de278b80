import { describe, expect, it } from 'vitest';
import { ABILITIES, importObjects, readObjects } from '../../../../src/importing/index.ts';

function imported(analysis: string, kind = 'v1beta1', key = 'analysis') {
  const text = `{ apiVersion: flagger.app/${kind}, kind: Canary, metadata: { name: shop, namespace: demo }, spec: { provider: istio, targetRef: { apiVersion: apps/v1, kind: Deployment, name: shop }, service: { port: 80 }, ${key}: { ${analysis} } } }`;
  const [one] = importObjects(readObjects(text, 'a.yaml').objects, { namespace: 'default', abilities: ABILITIES });
  return {
    spec: one?.plan?.spec as { [key: string]: unknown } | undefined,
    rows: one?.rows ?? [],
    refusals: one?.refusals ?? [],
  };
}

describe('weights', () => {
  it.each([
    ['stepWeight: 50', [50, 100]],
    ['stepWeight: 20, maxWeight: 50', [20, 40, 60, 100]],
    ['stepWeight: 30', [30, 60, 90, 100]],
    ['stepWeights: [1, 10, 80]', [1, 10, 80, 100]],
    ['iterations: 3', [100]],
    ['{}', [100]],
  ])('%s', (analysis, weights) => {
    expect(imported(analysis === '{}' ? 'threshold: 1' : analysis).spec?.shift).toMatchObject({ weights });
  });

  it('of the older version stand in canaryAnalysis', () => {
    expect(imported('stepWeight: 50', 'v1alpha3', 'canaryAnalysis').spec?.shift).toMatchObject({ weights: [50, 100] });
  });

  it('that end at 100 are kept, a missing interval is said', () => {
    const { rows } = imported('stepWeight: 25, maxWeight: 100');
    expect(rows.find(({ path }) => path === 'spec.analysis.maxWeight')?.result).toBe('kept');
    expect(rows.find(({ path }) => path === 'spec.analysis.interval')).toMatchObject({
      result: 'changed',
      note: expect.stringContaining('1m'),
    });
  });
});

it('a mirror, a cookie and gates come over', () => {
  const { spec } = imported(
    'stepWeight: 50, mirror: true, mirrorWeight: 30, sessionAffinity: { cookieName: c, maxAge: 60 }, webhooks: [{ name: a, type: confirm-rollout, url: "http://a/" }, { name: b, type: confirm-promotion, url: "http://b/" }, { name: c, type: confirm-promotion, url: "http://c/" }]',
  );
  expect(spec).toMatchObject({
    mirror: { percent: 30, every: '1m', iterations: 1 },
    affinity: { cookie: 'c', maxAge: '60s' },
    approvals: [{ before: 'traffic' }, { before: 'promotion' }],
  });
});
