import type { ActionRecord } from './action.ts';
import type { RouteIntent } from './intent.ts';
import type { Problem } from './offer.ts';
import type { Question } from './question.ts';
import type { Revision } from './revision.ts';
import type { StepView } from './steps.ts';
import type { Comparison, IntervalResult } from './verdict.ts';

/**
 * - `starting`: the revision is being detected
 * - `running`: on its way through the checklist
 * - `paused`: a person stopped it; the guard goes on
 * - `needs-you`: it waits for a person in a safe, stated place
 * - `going-back`: an abort is under way
 * - `cleaning`: finished for everybody; the route that takes cookies away stays for a while
 * - `ended`
 */
export type RolloutStateName = 'starting' | 'running' | 'paused' | 'needs-you' | 'going-back' | 'cleaning' | 'ended';

/** States in which nothing more happens to users or pods. */
export function isFinished({ state }: { state: RolloutStateName }): boolean {
  return state === 'ended' || state === 'cleaning';
}

/**
 * - `promoted`: the primary runs the revision
 * - `failed`: tests, checks or readiness failed; users are on the previous revision
 * - `aborted`: a person stopped it
 * - `superseded`: a newer revision took its place
 * - `repaired`: what a lost rollout had left behind was brought to rest
 * - `unchanged` · `refused` · `duplicate`: nothing was started
 */
export type OutcomeKind = (typeof OUTCOMES)[number];

export const OUTCOMES = [
  'promoted',
  'failed',
  'aborted',
  'superseded',
  'repaired',
  'unchanged',
  'refused',
  'duplicate',
] as const;

export function isOutcome(text: string | undefined): text is OutcomeKind {
  return (OUTCOMES as readonly (string | undefined)[]).includes(text);
}

export interface Outcome {
  kind: OutcomeKind;
  /** One plain sentence. */
  reason: string;
  /** Number of the step at which it was decided, 1 to 19. */
  step: number;
}

/** Everything about a rollout that people are shown; answered by the query `view` and returned by the workflow. */
export interface RolloutView {
  /** `<plan>-<epoch>`; absent before the epoch is allocated. */
  rollout?: string;
  plan: string;
  namespace: string;
  cluster: string;
  state: RolloutStateName;
  /** One sentence: what happens now and what comes next. */
  sentence: string;
  revision?: Revision;
  previous?: Revision;
  startedBy: { source: string; by?: string; reason?: string; delivery: string };
  startedAt: string;
  endedAt?: string;
  steps: StepView[];
  /** The intent last written. */
  route: RouteIntent;
  /** Share that the sources were last seen to send to the canary, percent. */
  observedWeight?: number;
  /** Weights of the plan. */
  weights: number[];
  replicas: { primary: number; canary: number };
  mirror?: { passed: number; iterations: number };
  /** `consecutive`: only failed intervals since the last one that passed count. */
  failures: { count: number; threshold: number; consecutive?: boolean };
  lastInterval?: Omit<IntervalResult, 'comparison'>;
  /** Canary beside primary, when the plan compares them. */
  comparison?: ComparisonView;
  intervals: IntervalSummary[];
  paused?: { by: string; reason?: string; since: string };
  /** What people are asked, the oldest first. */
  questions: Question[];
  /** The first of them. */
  needsYou?: Question;
  /** The plan's hours are over: why, and when they begin again (ISO 8601; absent: not within a year). */
  closed?: { reason: string; until?: string };
  /** The offer that follows; `more`: how many wait behind it. */
  queued?: { image?: string; delivery: string; more?: number };
  /** While cookies are taken away: when that ends, ISO 8601. */
  cleaningUntil?: string;
  /** Pages that help whoever is told, by name. */
  links?: Record<string, string>;
  warnings: string[];
  problems: Problem[];
  actions: ActionRecord[];
  outcome?: Outcome;
}

/** How the comparison stood at its last look, and the looks before it for a chart. */
export interface ComparisonView extends Comparison {
  /** The last 120. */
  points: ComparisonPoint[];
}

export interface ComparisonPoint {
  /** ISO 8601. */
  at: string;
  /** `mirror`, `20 %`, … */
  stage: string;
  /** Natural logarithms of the evidence. */
  lnAbort: number;
  lnPass: number;
  /** Share of failed requests in this look, 0 to 1; absent without requests. */
  canary?: number;
  primary?: number;
}

/** One interval in the report: where it ran and how it ended. */
export interface IntervalSummary {
  /** `mirror`, `20 %`, … */
  stage: string;
  verdict: IntervalResult['verdict'];
  sentence: string;
  at: string;
  /** See `CheckResult`. */
  podsOnly?: boolean;
}
