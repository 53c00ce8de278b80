import type { Question } from '../../src/contract/question.ts';
import { initialSteps, type StepName } from '../../src/contract/steps.ts';
import type { IntervalResult } from '../../src/contract/verdict.ts';
import type { RolloutView } from '../../src/contract/view.ts';

/** The reader's clock in all pictures. */
export const NOW = new Date('2026-11-21T14:10:00.000Z');
const START = Date.parse('2026-11-21T14:00:00.000Z');

function at(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

const NOTES: Partial<Record<StepName, string>> = {
  detect: 'v1 to v2',
  'probe-canary': '2/2 ready',
  acceptance: '3/3 passed',
  load: '99.9 % of 1500 requests',
  check: '5/5 passed',
};

/** The checklist with everything before `running` done, 20 s each. */
export function stepsUpTo(running: StepName, skipped: StepName[] = []) {
  let before = true;
  return initialSteps().map((step, index) => {
    if (step.name === running) {
      before = false;
      return { ...step, state: 'running' as const, startedAt: at(index * 20) };
    }
    if (!before) return step;
    if (skipped.includes(step.name)) return { ...step, state: 'skipped' as const, note: 'no HPA' };
    return {
      ...step,
      state: 'done' as const,
      startedAt: at(index * 20),
      endedAt: at(index * 20 + 20),
      note: NOTES[step.name],
    };
  });
}

export const PASSED: IntervalResult = {
  verdict: 'pass',
  checks: [
    { name: 'success-rate', verdict: 'pass', value: 99.982, limit: 99, unit: '%', requests: 18240, sentence: 'fine' },
    { name: 'duration', verdict: 'pass', value: 412.3, limit: 500, unit: 'ms', requests: 18240, sentence: 'fine' },
  ],
  from: at(500),
  to: at(560),
  requests: 18240,
  observedWeight: 39.2,
  canaryReady: 2,
  sentence: 'All checks passed.',
};

const NO_ANSWER: IntervalResult = {
  ...PASSED,
  verdict: 'noAnswer',
  checks: [
    { name: 'success-rate', verdict: 'noAnswer', limit: 99, unit: '%', requests: 0, sentence: 'no data' },
    { name: 'duration', verdict: 'fail', value: 900, limit: 500, unit: 'ms', requests: 12, sentence: 'slow' },
  ],
};

/** A rollout at 40 %, with one failed interval behind it. */
export function runningView(change: Partial<RolloutView> = {}): RolloutView {
  return {
    rollout: 'reviews-7',
    plan: 'reviews',
    namespace: 'demo',
    cluster: 'local',
    state: 'running',
    sentence: 'Shifting: 40 % of the users are on the canary. Next: 60 %.',
    revision: { id: '77c0a1b2c3', image: 'registry.example.com/bookinfo/reviews:v2', config: [] },
    previous: { id: 'a1b2c3d4e5', image: 'registry.example.com/bookinfo/reviews:v1', config: [] },
    startedBy: { source: 'cli', by: 'mo', reason: 'release 42', delivery: 'cli/1' },
    startedAt: at(0),
    steps: stepsUpTo('shift', ['canary-autoscaler']),
    route: { primary: 60, canary: 40, mirror: 0 },
    observedWeight: 39.2,
    weights: [20, 40, 60, 80, 100],
    replicas: { primary: 2, canary: 2 },
    mirror: { passed: 5, iterations: 5 },
    failures: { count: 1, threshold: 5 },
    lastInterval: PASSED,
    intervals: [
      { stage: 'mirror', verdict: 'pass', sentence: 'All checks passed.', at: at(200) },
      { stage: 'mirror', verdict: 'fail', sentence: 'duration 900 ms is over 500 ms', at: at(260) },
      { stage: 'mirror', verdict: 'pass', sentence: 'All checks passed.', at: at(320) },
      { stage: '20 %', verdict: 'noAnswer', sentence: 'no data', at: at(500) },
      { stage: '20 %', verdict: 'pass', sentence: 'All checks passed.', at: at(560) },
    ],
    questions: [],
    warnings: [],
    problems: [],
    actions: [],
    ...change,
  };
}

export function needsYouView(): RolloutView {
  return runningView({
    state: 'needs-you',
    sentence: 'Nothing moves: Prometheus gave no answer 10 times; all users are on the primary.',
    route: { primary: 100, canary: 0, mirror: 0 },
    observedWeight: undefined,
    lastInterval: NO_ANSWER,
    questions: [
      {
        id: 'reviews-7/canary/canary/1',
        kind: 'canary',
        object: 'canary',
        reason: 'no answer from http://prometheus:9090 in 10 intervals, so nobody knows how the canary does',
        since: at(540),
        answers: { retry: 'the interval at 40 % starts over' },
        onAbort: 'the canary goes to zero; users are on the primary already',
        onSilence: 'it waits, for as long as it takes',
      },
    ],
    warnings: ['callers without a sidecar may reach canary pods'],
    actions: [
      { id: 'a1', verb: 'pause', by: 'mo · cli (unverified)', reason: 'looking', at: at(530), verified: 'unverified' },
    ],
  });
}

/** A way back with two things in its way, and somebody who has seen the second. */
export function twoQuestionsView(): RolloutView {
  const [canary] = needsYouView().questions;
  const refused: Question = {
    id: 'reviews-7/refused/route/2',
    kind: 'refused',
    object: 'route',
    reason: 'VirtualService demo/reviews: a webhook says no.',
    since: at(570),
    answers: { retry: 'tries it at once', 'leave-it': 'leaves it as it is and goes on with the rest' },
    onAbort: 'leaves out the steps that are left of a gradual return',
    onSilence: 'it is tried again and again',
    acknowledged: { by: 'ann · slack', at: at(580) },
  };
  return { ...needsYouView(), questions: [...(canary ? [canary] : []), refused] };
}

export function promotedView(): RolloutView {
  const steps = initialSteps().map((step, index) => ({
    ...step,
    state: 'done' as const,
    startedAt: at(index * 20),
    endedAt: at(index * 20 + 20),
  }));
  return runningView({
    state: 'ended',
    sentence: 'The primary runs v2.',
    route: { primary: 100, canary: 0, mirror: 0 },
    replicas: { primary: 2, canary: 0 },
    steps,
    endedAt: at(400),
    outcome: { kind: 'promoted', reason: 'Every interval that counts passed.', step: 19 },
  });
}

export function failedView(): RolloutView {
  const steps = stepsUpTo('scale-down').map((step) =>
    step.name === 'shift'
      ? { ...step, state: 'failed' as const, note: 'duration 900 ms, max 500 ms' }
      : step.number > 13 && step.number < 18
        ? { ...step, state: 'skipped' as const, startedAt: undefined, note: undefined }
        : step.state === 'running' || step.number === 19
          ? { ...step, state: 'done' as const, startedAt: at(380), endedAt: at(400) }
          : step,
  );
  return runningView({
    state: 'ended',
    sentence: 'Users are on v1 again.',
    route: { primary: 100, canary: 0, mirror: 0 },
    replicas: { primary: 2, canary: 0 },
    failures: { count: 5, threshold: 5 },
    steps,
    endedAt: at(400),
    outcome: { kind: 'failed', reason: '5 intervals failed: duration 900 ms is over 500 ms.', step: 13 },
  });
}
