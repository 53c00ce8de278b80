import type {
  AwaitChangeInput,
  AwaitReadyInput,
  BoundsInput,
  BoundsResult,
  Change,
  ClusterActivities,
  ControlActivities,
  FencedTarget,
  FenceRaised,
  IntervalInput,
  Observation,
  ReadyResult,
  RouteInput,
  RouteResult,
  RunTestInput,
  ScaleInput,
  TestResult,
  UpgradeInput,
  UpgradeResult,
  WaitActivities,
} from '../contract/activities.ts';
import type { Detected, DetectInput } from '../contract/detected.ts';
import { formatFence } from '../contract/fence.ts';
import { describeIntent } from '../contract/intent.ts';
import type { News } from '../contract/notice.ts';
import { type StepName, stepNumber } from '../contract/steps.ts';
import type { IntervalResult } from '../contract/verdict.ts';
import type { WindowAnswer } from '../contract/windows.ts';
import { describeLimit, describeValue, formatSpan, plural, verdictWord } from '../contract/words.ts';
import { asObject } from '../temporal/payload.ts';
import type { Saw } from './record.ts';

type ActivityName = keyof (ClusterActivities & WaitActivities & ControlActivities);

/** How one kind of activity is told. */
interface Telling {
  /** Line of the checklist; absent: whichever ran. */
  step?: (input: unknown) => StepName | undefined;
  /** The inputs that matter. */
  why?: (input: unknown) => string | undefined;
  result?: (result: unknown) => string | undefined;
}

const TELLINGS: Record<ActivityName, Telling> = {
  detect: {
    step: () => 'detect',
    why: (input) => asObject<DetectInput>(input).offer?.id,
    result: (result) => detected(asObject<Detected>(result) as Detected),
  },
  createCanary: { step: () => 'scale-canary', why: fence, result: (made) => Object.keys(asObject(made)).join(', ') },
  scaleCanary: {
    why: (input) => {
      const { replicas, autoscaler, revision } = asObject<ScaleInput>(input);
      return `${plural(replicas ?? 0, 'replica')}${autoscaler ? ` by HPA ${autoscaler.name}` : ''} of ${revision?.id}, ${fence(input)}`;
    },
  },
  boundAutoscaler: {
    step: (input) => (asObject<BoundsInput>(input).side === 'canary' ? 'canary-autoscaler' : undefined),
    why: (input) => {
      const { side, bounds } = asObject<BoundsInput>(input);
      return `${side} min ${bounds?.min}, max ${bounds?.max}, ${fence(input)}`;
    },
    result: (result) => (asObject<BoundsResult>(result).autoscaler ? 'written' : 'there is no HPA'),
  },
  route: {
    why: (input) => {
      const { intent, expected } = asObject<RouteInput>(input);
      const before = expected ? `, before: ${describeIntent(expected)}` : '';
      return `${intent ? describeIntent(intent) : 'unknown'}${before}, ${fence(input)}`;
    },
    result: (result) => {
      const answer = asObject<RouteResult>(result) as RouteResult;
      return answer.kind === 'written' ? `written ${answer.at}` : answer.sentence;
    },
  },
  upgradePrimary: {
    why: (input) => `revision ${asObject<UpgradeInput>(input).revision?.id}, ${fence(input)}`,
    result: (result) => {
      const answer = asObject<UpgradeResult>(result) as UpgradeResult;
      return answer.kind === 'drift' ? answer.sentence : 'written';
    },
  },
  restorePrimary: { why: fence },
  raiseFence: {
    why: fence,
    result: (result) => (asObject<FenceRaised>(result).touched ? 'the late write was made' : 'no late write was made'),
  },
  scaleCanaryToZero: { step: () => 'scale-down', why: fence },
  createDestinations: { why: fence, result: (result) => asList(result).join(', ') || 'nothing was missing' },
  removeDestinations: { why: fence, result: (result) => asList(result).join(', ') || 'nothing to remove' },
  awaitReady: {
    why: (input) => {
      const { side, replicas, timeoutMs } = asObject<AwaitReadyInput>(input);
      return `${plural(replicas ?? 0, `${side} pod`)}, at most ${formatSpan(timeoutMs ?? 0)}`;
    },
    result: (result) => asObject<ReadyResult>(result).sentence,
  },
  runAcceptance: {
    step: () => 'acceptance',
    why: (input) => asObject<RunTestInput>(input).test,
    result: tested,
  },
  runLoad: { step: () => 'load', result: (result) => sliced(result) ?? tested(result) },
  checkInterval: {
    why: (input) => {
      const { stage, durationMs } = asObject<IntervalInput>(input);
      return `${stage}, ${formatSpan(durationMs ?? 0)}`;
    },
    result: (result) => sliced(result) ?? judged(asObject<IntervalResult>(result)),
  },
  observeAway: {
    result: (result) => {
      const { kind, sentence } = asObject<Observation>(result);
      return `${kind}: ${sentence}`;
    },
  },
  look: {},
  awaitChange: {
    why: (input) => `at most ${formatSpan(asObject<AwaitChangeInput>(input).forMs ?? 0)}`,
    result: (result) => {
      const { written = [], refused = [], interval } = asObject<Change>(result);
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
  needsProof: {},
  askWindow: {
    why: (input) => asObject<{ purpose: string }>(input).purpose,
    result: (result) => {
      const answer = asObject<WindowAnswer>(result) as WindowAnswer;
      if (answer.open) return 'open';
      return `closed${answer.untilMs ? ` until ${new Date(answer.untilMs).toISOString()}` : ''}: ${answer.reason}`;
    },
  },
  awaitWorker: { result: () => 'a worker is there' },
  handOverNews: {
    why: (input) => (asObject<News>(input).ended ? 'ended' : 'questions'),
    result: () => 'handed over',
  },
  notify: {},
};

/** How the activity `type` is told; an unknown one by what it says itself. */
function tellingOf(type: string): Telling {
  return Object.hasOwn(TELLINGS, type) ? TELLINGS[type as ActivityName] : {};
}

export function stepOf(type: string, input: unknown): number | undefined {
  const name = tellingOf(type).step?.(input);
  return name && stepNumber(name);
}

export function whyOf(type: string, input: unknown): string | undefined {
  return tellingOf(type).why?.(input);
}

export function resultOf(type: string, result: unknown): string {
  return tellingOf(type).result?.(result) ?? 'done';
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

function fence(input: unknown): string | undefined {
  const stored = asObject<FencedTarget>(input).fence;
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

function tested(result: unknown): string {
  const { passed, sentence, details = [] } = asObject<TestResult>(result);
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
