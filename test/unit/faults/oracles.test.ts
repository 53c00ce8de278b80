import { describe, expect, test } from 'vitest';
import type { RolloutView } from '../../../src/contract/view.ts';
import { INVARIANT_IDS, INVARIANTS, type InvariantId, type Trace, violations } from '../../faults/oracles/index.ts';
import { abortedTrace, deployment, goodTrace, interval, mail, route, wrote } from './good-trace.ts';

test('a rollout as it should be breaks nothing', () => {
  expect(violations(goodTrace())).toEqual([]);
  expect(violations(abortedTrace())).toEqual([]);
});

/** What each oracle is there to find: the trace it must go red on. */
const NEGATIVE: Record<InvariantId, Record<string, (trace: Trace) => Trace>> = {
  I1: {
    'users before the first ready pod': (trace) => ({
      ...trace,
      endpoints: [...trace.endpoints.slice(0, 1), { at: 35, value: { primary: 2, canary: 2 } }],
    }),
    'users after the last ready pod': (trace) => ({
      ...trace,
      endpoints: [...trace.endpoints.slice(0, 2), { at: 50, value: { primary: 2, canary: 0 } }],
    }),
  },
  I2: {
    'a sum of 150': (trace) => withRoute(trace, 3, (http) => setWeight(http, 0, 100)),
    'half a percent': (trace) =>
      withRoute(trace, 3, (http) => {
        setWeight(http, 0, 50.5);
        setWeight(http, 1, 49.5);
      }),
    'a weight left to the default': (trace) => withRoute(trace, 3, (http) => setWeight(http, 1, undefined)),
  },
  I3: {
    'users left on the canary': () => ({ ...abortedTrace(), routes: [route(0, 0, 1), route(30, 50, 2)] }),
    'a mirror left': () => ({ ...abortedTrace(), routes: [route(0, 0, 1), route(30, 0, 2, { mirror: true })] }),
    'canary pods left': () => ({ ...abortedTrace(), canary: [deployment(5, { replicas: 1 })] }),
    'scaled down before the route': () => ({
      ...abortedTrace(),
      canary: [deployment(5, { replicas: 1 }), deployment(25, { replicas: 0 })],
    }),
  },
  I4: {
    'a primary with old pods': (trace) => ({ ...trace, primary: trace.primary.slice(0, 2) }),
    'a primary that is too small': (trace) => ({
      ...trace,
      primary: [...trace.primary.slice(0, 2), deployment(55, { replicas: 1, image: 'reviews:v2', generation: 2 })],
    }),
  },
  I5: {
    'two runs at once': (trace) => ({
      ...trace,
      runs: [...trace.runs, { runId: 'r2', startedAt: -200, activities: [] }].sort((a, b) => a.startedAt - b.startedAt),
    }),
    'one rollout in two runs': (trace) => ({
      ...trace,
      runs: trace.runs.flatMap((run) => [run, { ...run, startedAt: 90, closedAt: 99 }]),
    }),
  },
  I6: {
    'nobody told': (trace) => ({ ...trace, mails: [mail('needs-you')] }),
    'two messages about one end': (trace) => ({ ...trace, mails: [mail('promoted'), mail('promoted', '<other@x>')] }),
    'a mail that says otherwise': (trace) => ({ ...trace, mails: [mail('promoted'), mail('aborted')] }),
  },
  I7: {
    'not on record': (trace) => withView(trace, (view) => Object.assign(view, { actions: [] })),
    'twice on record': (trace) => withView(trace, (view) => view.actions.push(...view.actions)),
    'under another name': (trace) =>
      withView(trace, ({ actions: [first] }) => Object.assign(first ?? {}, { by: 'eve · cli' })),
    'refused and on record': (trace) => ({
      ...trace,
      actions: trace.actions.map(({ action }) => ({ action, answer: { accepted: false, message: 'no' } })),
    }),
  },
  I8: {
    'an older fence': (trace) => ({ ...trace, routes: [...trace.routes, route(65, 0, 2)] }),
    'a fence that is gone': (trace) =>
      withRoute(trace, 3, (_http, annotations) => Reflect.deleteProperty(annotations, 'fence.sluice.dev/reviews')),
    'a step back': (trace) => ({ ...trace, routes: [...trace.routes.slice(0, 5), route(50, 50, 6)] }),
  },
  I9: {
    'a weight without an interval': (trace) => withActivities(trace, (all) => all.filter(({ at }) => at !== 38)),
    'a weight after no answer': (trace) =>
      withActivities(trace, (all) => all.map((one) => (one.at === 38 ? interval(38, 'noAnswer') : one))),
    'the first weight after no mirror': (trace) => withActivities(trace, (all) => all.filter(({ at }) => at !== 18)),
    'the upgrade after a failed interval': (trace) =>
      withActivities(trace, (all) => all.map((one) => (one.at === 44 ? interval(44, 'fail') : one))),
    'a pass on no request': (trace) =>
      withActivities(trace, (all) => all.map((one) => (one.at === 38 ? interval(38, 'pass', 0) : one))),
  },
  I11: {
    'a timeout that is lost': (trace) => ({ ...trace, routes: [...trace.routes, route(65, 0, 7, { timeout: '15s' })] }),
    "somebody else's annotation that is lost": (trace) =>
      withRoute(trace, 3, (_http, annotations) => Reflect.deleteProperty(annotations, 'team')),
  },
  I14: {
    'neither ended nor asking': (trace) =>
      withView(trace, (view) => Object.assign(view, { state: 'running', sentence: '…' })),
    'without a state': (trace) => ({ ...trace, runs: [] }),
  },
};

describe.each(INVARIANT_IDS)('%s goes red on', (id) => {
  test.each(Object.entries(NEGATIVE[id]))('%s', (_what, broken) => {
    const problems = INVARIANTS[id].check(broken(goodTrace()));
    expect(problems).not.toEqual([]);
    for (const problem of problems) expect(problem).toMatch(/\w/);
  });
});

test("a weight is reached again after users were taken back from it, on that weight's passed intervals only", () => {
  const back = [wrote(30, 50), wrote(32, 0), wrote(34, 50)];
  const activities = [wrote(10, 0, 100), interval(18, 'pass'), ...back];
  const passed = withActivities(goodTrace(), () => [...activities, interval(38, 'pass'), wrote(40, 100)]);
  expect(INVARIANTS.I9.check(passed)).toEqual([]);
  const whileBack = [...activities.slice(0, -1), interval(33, 'pass'), wrote(34, 50), wrote(40, 100)];
  expect(INVARIANTS.I9.check(withActivities(goodTrace(), () => whileBack))).toHaveLength(1);
});

test("somebody else's edit of the route is not held against us", () => {
  const trace = goodTrace();
  const edited = { ...route(35, 50, 4, { timeout: '15s' }) };
  const rest = [route(40, 100, 5, { timeout: '15s' }), route(60, 0, 6, { timeout: '15s' })];
  expect(INVARIANTS.I11.check({ ...trace, routes: [...trace.routes.slice(0, 4), edited, ...rest] })).toEqual([]);
});

type Http = { route: { weight?: number }[] }[];

function setWeight([rule]: Http, destination: number, weight: number | undefined): void {
  Object.assign(rule?.route[destination] ?? {}, { weight });
}

function withRoute(
  trace: Trace,
  index: number,
  change: (http: Http, annotations: Record<string, string>) => void,
): Trace {
  const object = trace.routes[index]?.value;
  const { http } = (object?.spec ?? { http: [] }) as { http: Http };
  change(http, object?.metadata.annotations ?? {});
  return trace;
}

function withView(trace: Trace, change: (view: RolloutView) => void): Trace {
  const view = trace.runs[0]?.view;
  if (view) change(view);
  return trace;
}

function withActivities(
  trace: Trace,
  change: (all: Trace['runs'][number]['activities']) => Trace['runs'][number]['activities'],
): Trace {
  return { ...trace, runs: trace.runs.map((run) => ({ ...run, activities: change(run.activities) })) };
}
