import { describe, expect, it } from 'vitest';
import { EXAMPLE, planOf } from '../../support/plan-text.ts';

const MINIMAL = `
apiVersion: sluice.dev/v1alpha1
kind: RolloutPlan
metadata: { name: reviews }
spec:
  workload: { primary: reviews-v1, canary: reviews-v2, canaryLabels: { version: v2 } }
  traffic:
    routes: [{ kind: VirtualService, name: reviews }]
    primary: { host: reviews, subset: v1 }
    canary: { host: reviews, subset: v2 }
  analysis:
    prometheus: http://prometheus:9090
    checks: [{ name: duration, builtin: requestDuration, max: 500ms }]
`;

describe('a valid plan', () => {
  it('is resolved: durations in ms, the route in the namespace of the plan', () => {
    const plan = planOf(EXAMPLE);
    expect(plan).toMatchObject({ name: 'reviews', namespace: 'demo', onNewRevision: 'supersede' });
    expect(plan.traffic).toMatchObject({
      terminationDrainMs: 30_000,
      routes: [{ name: 'reviews', namespace: 'demo' }],
    });
    expect(plan.load).toMatchObject({ durationMs: 30_000, expect: { successRate: 99 } });
    expect(plan.analysis.checks[1]).toEqual({
      name: 'duration',
      builtin: 'requestDuration',
      quantile: 0.99,
      maxMs: 500,
    });
  });

  it('gets every default', () => {
    expect(planOf(MINIMAL)).toEqual({
      name: 'reviews',
      namespace: 'default',
      workload: { primary: 'reviews-v1', canary: 'reviews-v2', canaryLabels: { version: 'v2' }, adoptRunning: false },
      events: [],
      traffic: {
        routes: [{ kind: 'VirtualService', name: 'reviews', namespace: 'default' }],
        primary: { host: 'reviews', subset: 'v1' },
        canary: { host: 'reviews', subset: 'v2' },
        terminationDrainMs: 30_000,
        allowUngoverned: false,
        awaitStatus: true,
        onDrift: 'hold',
        create: false,
      },
      scale: { canary: { replicas: 1, matchWeight: true }, primary: {}, readyTimeoutMs: 600_000 },
      acceptance: [],
      shift: { weights: [20, 40, 60, 80, 100], everyMs: 60_000 },
      analysis: {
        prometheus: 'http://prometheus:9090',
        checks: [{ name: 'duration', builtin: 'requestDuration', quantile: 0.99, maxMs: 500 }],
        failureThreshold: 5,
        failureCounting: 'cumulative',
        noAnswerLimit: 10,
      },
      onNewRevision: 'supersede',
      notify: [],
      needsYou: { againMs: 1_800_000 },
    });
  });

  it('skips the steps that it leaves out or sets to null, and fills an empty mirror', () => {
    expect(planOf(`${MINIMAL}  mirror: null\n  load: null\n  acceptance: null\n`)).not.toHaveProperty('mirror');
    expect(planOf(`${MINIMAL}  mirror: {}\n`).mirror).toEqual({ percent: 100, everyMs: 60_000, iterations: 10 });
  });

  it('sends requests of its own while it measures, with a load test or without one', () => {
    const during = 'during: { address: "http://reviews.example", requestsPerSecond: 5 }';
    const plan = planOf(`${MINIMAL}  load: { path: /shop, ${during} }\n`);
    expect(plan).not.toHaveProperty('load');
    const own = { address: 'http://reviews.example', stages: ['mirror', 'shift'], requestsPerSecond: 5 };
    expect(plan.during).toEqual({ ...own, path: '/shop', method: 'GET', headers: {} });
    const both = planOf(`${MINIMAL}  load: { requestsPerSecond: 50, duration: 30s, ${during} }\n`);
    expect([both.load?.durationMs, both.during?.path]).toEqual([30_000, '/']);
  });

  it('reads stages as weights with times of their own', () => {
    const stages = '[{ weight: 5, every: 10m }, { weight: 50 }, { weight: 100, every: 30s }]';
    expect(planOf(`${MINIMAL}  shift: { stages: ${stages}, back: { weights: [20] } }\n`).shift).toEqual({
      weights: [5, 50, 100],
      everyMs: 30_000,
      stagesMs: [600_000, 60_000, 30_000],
      back: { weights: [20], everyMs: 600_000 },
    });
  });

  it('may be JSON, with tabs and CRLF', () => {
    const json = JSON.stringify(
      { apiVersion: 'sluice.dev/v1alpha1', kind: 'RolloutPlan', metadata: { name: 'a' }, spec: specOf(MINIMAL) },
      null,
      '\t',
    );
    expect(planOf(json.replaceAll('\n', '\r\n')).name).toBe('a');
  });
});

function specOf(text: string): unknown {
  const { workload, traffic } = planOf(text);
  const { terminationDrainMs: _drain, ...routed } = traffic;
  const checks = [{ name: 'success', builtin: 'requestSuccessRate', min: 99 }];
  return { workload, traffic: routed, analysis: { prometheus: 'http://prometheus:9090', checks } };
}
