/**
 * Everything a rollout knows, as plain data: it survives continue-as-new, and what people see is a part of it. Functions here
 * are pure transitions; they know no Temporal and no clock.
 */

import type { ActionAnswer } from '../../contract/action.ts';
import type { Observation, UpgradeInput } from '../../contract/activities.ts';
import type { NamedBounds, NewRevision } from '../../contract/detected.ts';
import type { WriteObject } from '../../contract/fence.ts';
import { AT_REST, leadsToCanary, type RouteIntent, sameIntent } from '../../contract/intent.ts';
import type { ClosedQuestion } from '../../contract/notice.ts';
import { type Offer, offeredWords } from '../../contract/offer.ts';
import type { IntervalSoFar } from '../../contract/slice.ts';
import { initialSteps } from '../../contract/steps.ts';
import type { IntervalResult } from '../../contract/verdict.ts';
import type { RolloutView } from '../../contract/view.ts';
import { type ComparedStage, countComparison } from './comparing.ts';
import type { Decision } from './errors.ts';
import type { Due, Goal, Lack, Made } from './step.ts';

/** Intervals kept for the report; older ones are in the workflow history. */
const KEPT_INTERVALS = 60;

/** Offer ids that are remembered. */
const KEPT_OFFERS = 100;

/** Where a rollout stands with the approvals and hours of its plan. */
export interface GatesState {
  /** Approvals that are through. */
  passed: string[];
  /** The approval that is waited for: since when (ISO 8601), and who has approved. */
  waiting?: { name: string; since: string; approved: string[] };
  /** A person let the step at hand go on outside the hours. */
  opened?: boolean;
}

/** A write of the way back that was refused; it is tried again with the same number. */
export interface Refused {
  due: Due;
  seq: number;
  reason: string;
  /** ms of the workflow's clock. */
  since: number;
}

/** Where a rollout stands on its way to rest. */
export interface WayBack {
  goal: Goal['revision'];
  /** Absent: it is promoted. */
  decision?: Decision;
  refused: Refused[];
  /** Failed intervals when it began. */
  failures: number;
  /** Objects that a person leaves as they are. */
  left: WriteObject[];
  /** The canary is to be left at once, whatever speaks for it. */
  leave?: boolean;
  /** No gradual steps any more. */
  hurry?: boolean;
  /** A person wants users back with whatever is ready. */
  anySize?: boolean;
  /** The weight of a gradual return at which users are, until its interval has passed. */
  watching?: number;
  away?: Observation['kind'];
  drained?: boolean;
  /** `since`: ms of the workflow's clock. */
  lacks?: Lack & { since: number };
}

export function newWayBack({ view }: RolloutState, goal: Goal['revision']): WayBack {
  return { goal, refused: [], left: [], failures: view.failures.count };
}

export interface RolloutState {
  view: RolloutView;
  detected?: NewRevision;
  /** Last fence number taken. */
  seq: number;
  /** Last number scheduled to each object; absent: none. */
  scheduled: Partial<Record<WriteObject, number>>;
  /** The last write of each object that was seen to be made. */
  made: Partial<Record<WriteObject, Made>>;
  back?: WayBack;
  /** The upgrade of the primary was scheduled, so its template may be the new one. */
  touched?: boolean;
  /** Somebody else's change of the primary, as people were last shown it. */
  shown?: Pick<UpgradeInput, 'over' | 'acceptConfig' | 'acceptDigests'>;
  /** What a person wants written over. */
  accepted?: RolloutState['shown'];
  /** Questions that were closed and people do not know it yet. */
  closed: ClosedQuestion[];
  /** How often was asked about each object, so that questions have ids. */
  asked: Record<string, number>;
  /** The primary had no ready pod when it was last looked at. */
  primaryDead?: boolean;
  /** The canary is proven worse, was lost, or reached the failure threshold: nobody waits for it. */
  canaryFails?: boolean;
  /** The traffic whose newest interval, begun after users were moved to it, is a pass (order rule 13). */
  proven?: RouteIntent;
  /** The last weight whose interval passed. Absent: none has. */
  provenWeight?: number;
  /** Pod template hash of the canary's ready pods. */
  podHash?: string;
  /** What they ran when they were first ready, see `ReadyResult`. */
  ran?: Record<string, string[]>;
  canaryReplicas: number;
  /** The canary's HPA as last written. */
  canaryAutoscaler?: NamedBounds;
  /** Stages with match that are over, and passed intervals of the one that is not. Absent: none. */
  matched?: { stages: number; passed: number };
  /** Weights whose interval passed. */
  weightsPassed: number;
  /** A person asked to go to the promotion without what is left of mirror and weights. */
  promoted?: boolean;
  /** A weight that a person asked for, until its interval has passed. */
  askedWeight?: number;
  gates?: GatesState;
  noAnswersInARow: number;
  /** The traffic of the last interval that has a verdict. */
  checkedAt?: RouteIntent;
  comparing?: ComparedStage;
  /** An interval that has no verdict yet: which it is, and what its last slice has handed on. */
  slice?: { interval: string; soFar: IntervalSoFar };
  /** Requests that the canary got in live intervals, and how many of them past the routes. */
  met: { requests: number; bypassed: number };
  /** Users may carry the cookie of this rollout. */
  cookieGiven?: boolean;
  /** Rollout whose cookie that is, when it is another one that is repaired. */
  cookieOf?: string;
  /** Somebody else's change of the route, one sentence, until it is settled. */
  drift?: string;
  /** The last write of the routes was changed on its way, or refused by their implementation. */
  astray?: boolean;
  /** Times that the route was written again over somebody else's change. */
  restored?: number;
  /** A newer offer that follows this rollout. */
  next?: Offer;
  /** Offers behind `next`, in order, when the plan says `queue: all`. */
  waiting?: Offer[];
  /** Ids of the offers that this target's runs were handed, the last 100: a late retry is a duplicate, whichever run it meets. */
  seenOffers: string[];
  /** Answers to what had an effect, by action id: the last 100, and those of the last 10 minutes (`atMs`: the workflow's clock). */
  answers: { id: string; answer: ActionAnswer; atMs: number }[];
}

export function initialState(
  offer: Offer,
  cluster: string,
  startedAt: string,
  seenOffers: string[] = [],
): RolloutState {
  const { plan, event } = offer;
  return {
    seq: 0,
    scheduled: {},
    made: {},
    asked: {},
    closed: [],
    canaryReplicas: 0,
    weightsPassed: 0,
    noAnswersInARow: 0,
    met: { requests: 0, bypassed: 0 },
    answers: [],
    seenOffers: remembered(seenOffers, offer.id),
    view: {
      plan: plan.name,
      namespace: plan.namespace,
      cluster,
      state: 'starting',
      sentence:
        offer.kind === 'repair'
          ? 'Looking at what was left behind.'
          : `Detecting what ${offeredWords(event, 'the changed configuration')} changes.`,
      // what an offer says of people is not proven
      startedBy: {
        source: event.source,
        by: event.by && `${event.by} (unverified)`,
        reason: event.reason,
        delivery: offer.id,
      },
      startedAt,
      steps: initialSteps(),
      route: AT_REST,
      weights: plan.shift.weights,
      replicas: { primary: 0, canary: 0 },
      mirror: plan.mirror ? { passed: 0, iterations: plan.mirror.iterations } : undefined,
      failures: {
        count: 0,
        threshold: plan.analysis.failureThreshold,
        ...(plan.analysis.failureCounting === 'consecutive' && { consecutive: true }),
      },
      intervals: [],
      warnings: [],
      problems: [],
      questions: [],
      actions: [],
      ...(plan.links && { links: plan.links }),
    },
  };
}

/** The ring of offer ids with one more; an id that is in it keeps its place. */
export function remembered(seen: string[], id: string): string[] {
  return seen.includes(id) ? seen : [...seen, id].slice(-KEPT_OFFERS);
}

/** Counts an interval that has a verdict (order rules 6 and 7). Whether it advances a stage is the stage's business. */
export function countInterval(state: RolloutState, stage: string, result: IntervalResult): void {
  const { view } = state;
  const { comparison: _comparison, ...lastInterval } = result;
  view.lastInterval = lastInterval;
  view.observedWeight = result.observedWeight;
  const { verdict, sentence, checks, to: at } = result;
  const podsOnly = checks.some((check) => check.podsOnly);
  view.intervals.push({ stage, verdict, sentence, at, ...(podsOnly && { podsOnly }) });
  if (view.intervals.length > KEPT_INTERVALS) view.intervals.shift();
  if (result.verdict === 'fail') view.failures.count += 1;
  if (result.verdict === 'pass' && view.failures.consecutive) view.failures.count = 0;
  if (result.bypassed !== undefined) {
    state.met.requests += result.requests;
    state.met.bypassed += result.bypassed;
  }
  const ignorant = result.verdict === 'noAnswer' || result.verdict === 'inconclusive';
  state.noAnswersInARow = ignorant ? state.noAnswersInARow + 1 : 0;
  countComparison(state, stage, result);
}

/** Less than this share of the canary's requests past the routes is what retries and scrape times explain. */
const NOTABLE_BYPASS = 0.1;

/** What callers met whom no route governs; undefined when there was nothing notable. */
export function bypassWarning({ met }: RolloutState): string | undefined {
  if (met.bypassed <= met.requests * NOTABLE_BYPASS) return undefined;
  return `About ${met.bypassed} of ${met.requests} requests reached the canary past the routes, from callers that no route governs.`;
}

export function failureThresholdReached(state: RolloutState): boolean {
  return state.view.failures.count >= state.view.failures.threshold;
}

/** A write of the object may have been made that nobody has seen. */
export function isUnsettled({ scheduled, made }: RolloutState, object: WriteObject): boolean {
  return (scheduled[object] ?? 0) > (made[object]?.seq ?? 0);
}

/** A write of the routes was made. */
export function noteRoute(state: RolloutState, intent: RouteIntent): void {
  const { view } = state;
  if (state.proven && !sameIntent(state.proven, intent)) state.proven = undefined;
  view.route = intent;
  view.observedWeight = undefined;
  state.drift = undefined;
  state.astray = undefined;
}

/** Users or copies of their requests reach the canary, so the guard has something to watch. */
export function guarded(state: RolloutState): boolean {
  return leadsToCanary(state.view.route);
}
