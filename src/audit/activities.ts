import type {
  Change,
  ClusterActivities,
  ControlActivities,
  FencedTarget,
  TestResult,
  WaitActivities,
} from '../contract/activities.ts';
import type { Detected } from '../contract/detected.ts';
import { formatFence } from '../contract/fence.ts';
import { describeIntent } from '../contract/intent.ts';
import { type StepName, stepNumber } from '../contract/steps.ts';
import type { IntervalResult } from '../contract/verdict.ts';
import { describeLimit, describeValue, formatSpan, plural, verdictWord } from '../contract/words.ts';
import { asObject } from '../temporal/payload.ts';
import type { Saw } from './record.ts';

type Activities = ClusterActivities & WaitActivities & ControlActivities;

/** How one kind of activity is told; of an older history something may be missing. */
interface Telling<Input = never, Result = never> {
  /** Line of the checklist; absent: whichever ran. */
  step?: (input: Input) => StepName | undefined;
  /** The inputs that matter. */
  why?: (input: Input) => string | undefined;
  result?: (result: Result) => string | undefined;
}

type Tellings = {
  [Name in keyof Activities]: Telling<
    Partial<NonNullable<Parameters<Activities[Name]>[0]>>,
    Awaited<ReturnType<Activities[Name]>>
  >;
};

const TELLINGS: Tellings = {
  detect: { step: () => 'detect', why: ({ offer }) => offer?.id, result: detected },
  createCanary: { step: () => 'scale-canary', why: fence, result: (made) => Object.keys(made).join(', ') },
  scaleCanary: {
    why: ({ replicas = 0, autoscaler, revision, ...input }) =>
      `${plural(replicas, 'replica')}${autoscaler ? ` by HPA ${autoscaler.name}` : ''} of ${revision?.id}, ${fence(input)}`,
  },
  boundAutoscaler: {
    step: ({ side }) => (side === 'canary' ? 'canary-autoscaler' : undefined),
    why: ({ side, bounds, ...input }) => `${side} min ${bounds?.min}, max ${bounds?.max}, ${fence(input)}`,
    result: ({ autoscaler }) => (autoscaler ? 'written' : 'there is no HPA'),
  },
  route: {
    why: ({ intent, expected, ...input }) => {
      const before = expected ? `, before: ${describeIntent(expected)}` : '';
      return `${intent ? describeIntent(intent) : 'unknown'}${before}, ${fence(input)}`;
    },
    result: (answer) => (answer.kind === 'written' ? `written ${answer.at}` : answer.sentence),
  },
  upgradePrimary: {
    why: ({ revision, ...input }) => `revision ${revision?.id}, ${fence(input)}`,
    result: (answer) => (answer.kind === 'drift' ? answer.sentence : 'written'),
  },
  restorePrimary: { why: fence },
  raiseFence: {
    why: fence,
    result: ({ touched }) => (touched ? 'the late write was made' : 'no late write was made'),
  },
  scaleCanaryToZero: { step: () => 'scale-down', why: fence },
  createDestinations: { why: fence, result: (made) => asList(made).join(', ') || 'nothing was missing' },
  removeDestinations: { why: fence, result: (removed) => asList(removed).join(', ') || 'nothing to remove' },
  awaitReady: {
    why: ({ side, replicas = 0, timeoutMs = 0 }) =>
      `${plural(replicas, `${side} pod`)}, at most ${formatSpan(timeoutMs)}`,
    result: ({ sentence }) => sentence,
  },
  runAcceptance: { step: () => 'acceptance', why: ({ test }) => test, result: tested },
  runLoad: { step: () => 'load', result: (result) => sliced(result) ?? tested(result as TestResult) },
  checkInterval: {
    why: ({ stage, durationMs = 0 }) => `${stage}, ${formatSpan(durationMs)}`,
    result: (result) => sliced(result) ?? judged(result as IntervalResult),
  },
  observeAway: { result: ({ kind, sentence }) => `${kind}: ${sentence}` },
  showStatus: {},
  look: {},
  awaitChange: {
    why: ({ forMs = 0 }) => `at most ${formatSpan(forMs)}`,
    result: ({ written = [], refused = [], interval }) => {
      const parts = [
        ...written.map(({ object }) => `${object} written`),
        ...refused.map(({ object, reason }) => `${object} refused: ${reason}`),
        ...(interval ? [judged(interval)] : []),
      ];
      return parts.join('; ') || 'a condition held, or its time was over';
    },
  },
  makeOffer: {},
  verifyActor: {},
  verifyOffer: {},
  needsProof: {},
  askWindow: {
    why: ({ purpose }) => purpose,
    result: (answer) => {
      if (answer.open) return 'open';
      return `closed${answer.untilMs ? ` until ${new Date(answer.untilMs).toISOString()}` : ''}: ${answer.reason}`;
    },
  },
  awaitWorker: { result: () => 'a worker is there' },
  handOverNews: { why: ({ ended }) => (ended ? 'ended' : 'questions'), result: () => 'handed over' },
  notify: {},
};

/** How the activity `type` is told; an unknown one by what it says itself. */
function tellingOf(type: string): Telling<unknown, unknown> {
  return Object.hasOwn(TELLINGS, type) ? (TELLINGS[type as keyof Tellings] as Telling<unknown, unknown>) : {};
}

export function stepOf(type: string, input: unknown): number | undefined {
  const name = tellingOf(type).step?.(asObject(input));
  return name && stepNumber(name);
}

export function whyOf(type: string, input: unknown): string | undefined {
  return tellingOf(type).why?.(asObject(input));
}

export function resultOf(type: string, result: unknown): string {
  return tellingOf(type).result?.(asObject(result)) ?? 'done';
}

/** The numbers of an interval that ended, as they decided. */
export function sawOf(type: string, result: unknown): Saw | undefined {
  const seen =
    type === 'awaitChange' ? asObject<Change>(result).interval : type === 'checkInterval' ? result : undefined;
  const { verdict, checks, requests, observedWeight, sentence } = asObject<IntervalResult>(seen);
  return verdict && { verdict, sentence, checks, requests, observedWeight };
}

function asList(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function fence({ fence: stored }: Partial<FencedTarget>): string | undefined {
  return stored && `fence ${formatFence(stored)}`;
}

function detected(result: Detected): string {
  switch (result.kind) {
    case 'new':
      return `revision ${result.revision.id} instead of ${result.previous.id}, epoch ${result.epoch}`;
    case 'unchanged':
      return `unchanged: revision ${result.revision.id} runs already`;
    case 'duplicate':
      return `taken before, by ${result.rollout}`;
    case 'refused':
      return `refused: ${result.problems.map(({ where, problem }) => `${where}: ${problem}`).join('; ')}`;
    default:
      return 'done';
  }
}

/** A slice that has no verdict yet. */
function sliced(result: unknown): string | undefined {
  const { verdict, passed } = asObject<IntervalResult & TestResult>(result);
  return verdict === undefined && passed === undefined ? 'no verdict yet, the next slice goes on' : undefined;
}

function tested({ passed, sentence, details = [] }: TestResult): string {
  return [`${passed ? 'passed' : 'FAILED'}: ${sentence}`, ...details].join('; ');
}

/** The verdict with its numbers. */
function judged({ verdict, checks = [], sentence, observedWeight, comparison }: Partial<IntervalResult>): string {
  const numbers = checks.map(
    (check) =>
      `${check.name} ${describeValue(check)} (${describeLimit(check)}, n=${check.requests}) ${verdictWord(check.verdict, check.podsOnly)}`,
  );
  const seen = observedWeight === undefined ? [] : [`seen ${observedWeight} %`];
  const compared = comparison && comparison.sentence !== sentence ? [`compared: ${comparison.sentence}`] : [];
  const word = verdict ? verdictWord(verdict, checks[0]?.podsOnly) : 'unknown';
  return [`${word}: ${sentence}`, ...numbers, ...compared, ...seen].join('; ');
}
