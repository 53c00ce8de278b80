import { describe, expect, it } from 'vitest';
import { importObjects, readObjects } from '../../../../src/importing/index.ts';

function imported(analysis: string, kind = 'v1beta1', key = 'analysis') {
  const text = `{ apiVersion: flagger.app/${kind}, kind: Canary, metadata: { name: shop, namespace: demo }, spec: { provider: istio, targetRef: { apiVersion: apps/v1, kind: Deployment, name: shop }, service: { port: 80 }, ${key}: { ${analysis} } } }`;
  const [one] = importObjects(readObjects(text, 'a.yaml').objects, { namespace: 'default' });
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
    ['stepWeight: 1.0e-9, maxWeight: 2', [1, 2, 100]],
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

/** What happens to the users who are chosen by this. */
const chosen = (match: string) =>
  (imported(`iterations: 4, match: [${match}]`).spec?.shift as { stages: object[] } | undefined)?.stages;

describe('users who match', () => {
  it.each([
    ['{ headers: { cookie: { regex: "^(.*?;)?(type=insider)(;.*)?$" } } }', { cookie: { type: 'insider' } }],
    ['{ headers: { cookie: { regex: ".*canary=always.*" } } }', { cookie: { canary: 'always' } }],
    ['{ headers: { cookie: { exact: canary } } }', { cookie: { canary: 'always' } }],
    ['{ headers: { x-who: { exact: me } } }', { header: { 'x-who': 'me' } }],
    ['{ headers: { x-who: { prefix: a.b } } }', { header: { 'x-who': { regex: 'a\\.b.*' } } }],
  ])('%s', (match, stage) => {
    expect(chosen(match)?.[0]).toEqual({ match: stage, every: '1m', iterations: 4 });
  });

  it('by what a stage does not know are said, and are no stage', () => {
    const { spec, rows } = imported('iterations: 4, match: [{ uri: { prefix: /v2 } }]');
    expect(spec?.shift).toMatchObject({ weights: [100] });
    expect(rows).toContainEqual(expect.objectContaining({ path: 'spec.analysis.match[0]', result: 'lost' }));
  });
});

it('what is not written is what Flagger takes', () => {
  const { spec, rows } = imported('stepWeight: 50, sessionAffinity: { cookieName: c }');
  expect(spec).toMatchObject({
    analysis: { failureThreshold: 1 },
    affinity: { maxAge: '86400s', httpOnly: false },
  });
  const said = rows.filter(({ result }) => result === 'changed').map(({ path }) => path);
  expect(said).toEqual(expect.arrayContaining(['spec.analysis.threshold', 'spec.analysis.sessionAffinity.path']));
});

it('an interval without a unit is a minute, as Flagger has it', () => {
  expect(imported('stepWeight: 50, interval: "30"').spec?.shift).toMatchObject({ every: '1m' });
});

it('blue/green with a mirror has copies for all its looks', () => {
  expect(imported('iterations: 7, mirror: true').spec?.mirror).toEqual({ percent: 100, every: '1m', iterations: 7 });
});
