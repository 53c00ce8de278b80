/**
 * The contract between the workflow and its activities, by queue. Implemented in `src/activities`, faked in workflow tests.
 * Everything here ends up in the workflow history: names, numbers and hashes, never a Secret's value.
 */
import type { JudgeState } from '../judge/compare/state.ts';
import type { Proof, ProofInput } from './action.ts';
import type { Detected, DetectInput, InCluster, NamedBounds, RouteFound, Uids } from './detected.ts';
import type { Fence, WriteObject } from './fence.ts';
import type { RouteIntent } from './intent.ts';
import type { CanaryNeeds } from './may-route.ts';
import type { News, NotifyInput, NotifyResult } from './notice.ts';
import type { Offer, OfferAnswer, OfferProof, OfferProofInput } from './offer.ts';
import type { AutoscalerBounds, FreezePlan, Plan, WindowPlan, WindowPurpose } from './plan.ts';
import type { TargetPlan } from './plan-parts.ts';
import type { Revision } from './revision.ts';
import type { IntervalSoFar, LoadSoFar } from './slice.ts';
import type { ComparedTick, IntervalResult, IntervalSlice } from './verdict.ts';
import type { WindowAnswer } from './windows.ts';
import type { WaitCondition, World } from './world.ts';

/** What every cluster activity gets: whose write this is and where. */
export interface Target extends InCluster {
  plan: TargetPlan;
  cluster: string;
  /** `<plan>-<epoch>` */
  rollout: string;
  epoch: number;
}

export interface FencedTarget extends Target {
  fence: Fence;
  /** What may be written: an object of another uid is none of this rollout's. Absent: whatever has the name, on the way to rest. */
  uids?: Uids;
  /** Of `NewRevision`: a write that reads another snapshot is refused. Absent: it is not compared. */
  snapshotHash?: string;
}

export type Side = 'primary' | 'canary';

export interface ScaleInput extends FencedTarget {
  revision: Revision;
  /** Replicas the canary must have; written as `replicas`, or as the `minReplicas` of the HPA that is found. */
  replicas: number;
  /** Its maximum is asserted on the HPA that is found. */
  autoscaler?: NamedBounds;
  /** Write the revision's template too (the first scale-up). */
  template: boolean;
  /** With `source: canary`: it keeps the pods that it has, whatever becomes of its template. Default false. */
  hold?: boolean;
}

export interface BoundsInput extends FencedTarget {
  side: Side;
  bounds: AutoscalerBounds;
  /** Lower what we raised: each of `bounds` is written where ours is still there, and what others set stays. Default false. */
  putBack?: boolean;
}

export interface BoundsResult {
  /** Absent: there is no HPA to set. */
  autoscaler?: NamedBounds;
  /** Of that one. */
  uids?: Uids;
}

export interface RouteInput extends FencedTarget {
  intent: RouteIntent;
  /** What the workflow believes is written; another content is somebody else's change (order rule 9). Absent: overwrite. */
  expected?: RouteIntent;
  found: RouteFound;
  /** What the canary must be before it gets more than it has. */
  canary: CanaryNeeds;
}

/** Every route is written, whatever becomes of the others; this is the worst of them. */
export type RouteResult =
  | { kind: 'written'; at: string }
  /** somebody else changed our fields */
  | { kind: 'drift'; sentence: string }
  /** nobody is there to serve it, see `mayRoute` */
  | { kind: 'notReady'; sentence: string }
  /** a route does not exist any more; the others carry the intent */
  | { kind: 'missing'; sentence: string }
  /** written, and changed on its way, or the implementation says that it will not do it */
  | { kind: 'notTaken'; sentence: string };

export interface UpgradeInput extends FencedTarget {
  revision: Revision;
  previous: Revision;
  /** Size the primary must have: at least the minimum of the HPA that is found, or `replicas` without one. */
  replicas: number;
  /** Somebody else's change, in the words in which a person was shown it, that may be written over. */
  over?: string;
  /** Fingerprint of the configuration that a person has accepted in place of what was tested, see `UpgradeResult`. */
  acceptConfig?: string;
  /** Digests that a person has accepted although the tag was moved, see `UpgradeResult`. */
  acceptDigests?: string;
  /** What the canary's containers ran when it was first ready, see `ReadyResult`. */
  ran?: Record<string, string[]>;
}

export type UpgradeResult =
  | {
      kind: 'written';
      /** What the primary got: by the digest that ran in the canary, otherwise by its tag, with a warning. Absent: it had it. */
      image?: string;
      warning?: string;
    }
  /** `config`: it is about configuration, and this is the fingerprint of what is there now; `digests`: about a tag that led to these */
  | { kind: 'drift'; sentence: string; config?: string; digests?: string }
  /** Nothing was written: this route has given users to the primary since it was read back. */
  | { kind: 'users'; sentence: string };

export interface RaiseFenceInput extends FencedTarget {
  revision: Revision;
}

export interface FenceRaised {
  /** The primary carries the new revision's template. */
  touched: boolean;
}

export interface AwaitReadyInput extends Target {
  side: Side;
  revision: Revision;
  /** Ready and updated pods that are needed. */
  replicas: number;
  timeoutMs: number;
  /** Pods must stay ready this long before they count, ms. */
  stableMs: number;
}

export type ReadyResult =
  /** `podHash`: pod-template-hash of the canary's pods, which tells their series apart; empty for the primary. `held`: see `ScaleInput`; `ran`: digests by its containers. */
  | { ready: true; replicas: number; podHash: string; sentence: string; held?: true; ran?: Record<string, string[]> }
  /** `sentence` names what keeps the pods from being ready: image pull, crash loop, probe, quota; `hopeless`: waiting cannot help. */
  | { ready: false; replicas: number; sentence: string; hopeless?: boolean };

export interface LookInput extends Target {
  revision: Revision;
  previous: Revision;
}

/** Writes that are tried again for as long as it takes, by the names of their activities. */
type InsistentWrite =
  | 'route'
  | 'restorePrimary'
  | 'raiseFence'
  | 'scaleCanaryToZero'
  | 'boundAutoscaler'
  | 'removeDestinations';

/** A write that was refused, with its number: it is tried every 5 to 30 s until it is made or refused for another reason. */
export type WriteAgain = {
  [Name in InsistentWrite]: {
    object: WriteObject;
    name: Name;
    input: Parameters<ClusterActivities[Name]>[0];
    /** Why it was refused last. */
    reason: string;
  };
}[InsistentWrite];

export interface AwaitChangeInput extends LookInput {
  /** The first that holds ends the wait. */
  until: WaitCondition[];
  /** Longest wait, ms; at most five minutes. */
  forMs: number;
  again: WriteAgain[];
  /** Checks that go on meanwhile, one interval after the other; the first that is not a pass ends the wait. Absent: none. */
  check?: IntervalInput;
}

/** What ended a wait, or what there was at its end. */
export interface Change {
  /** Read afresh at the end. Absent: it could not be read. */
  world?: World;
  /** Writes that were made, with their results. */
  written: { object: WriteObject; result: unknown }[];
  /** Writes that were refused for another reason than before. */
  refused: { object: WriteObject; reason: string }[];
  /** The last interval that ended. */
  interval?: IntervalResult;
  /** Intervals before it that passed. */
  passes: number;
  /** Of the interval that was under way, for the next wait. */
  soFar?: IntervalSoFar;
  /** Its looks. */
  ticks?: readonly ComparedTick[];
}

export interface TestResult {
  passed: boolean;
  sentence: string;
  /** One line per test or figure. */
  details: string[];
}

export interface RunTestInput extends Target {
  plan: TargetPlan & Pick<Plan, 'acceptance'>;
  podHash: string;
  /** Name of the test. */
  test: string;
}

export interface RunLoadInput extends Target {
  plan: TargetPlan & Pick<Plan, 'load'>;
  podHash: string;
  /** What the slice before has handed on. Absent: the test begins. */
  soFar?: LoadSoFar;
}

/** What a slice of a load test ends with. */
export type LoadSlice = TestResult | { soFar: LoadSoFar };

/** Where the numbers are. */
interface MeasuredTarget extends Target {
  plan: TargetPlan & Pick<Plan, 'analysis'>;
}

export interface IntervalInput extends MeasuredTarget {
  plan: MeasuredTarget['plan'] & Pick<Plan, 'during'>;
  stage: 'mirror' | 'live';
  durationMs: number;
  podHash: string;
  /** The traffic that the interval is about; results at another one do not count. Absent: not looked at. */
  intent?: RouteIntent;
  /**
   * What the routes are to say: somebody else's change of them ends the interval. A route with a newer fence than `seq` is believed as it
   * is. Absent: they are not watched.
   */
  routes?: { expected: RouteIntent; seq: number };
  /** The first interval at this traffic: what was scraped before it belongs to another. Default false. */
  anew?: boolean;
  /** A failure of it ends the rollout, so it is not waited for when nothing else is possible any more. Default false. */
  decisive?: boolean;
  /** Compare canary and primary as the plan says. Absent: fixed limits alone. */
  compare?: {
    /** From the interval before; absent: this is the first. */
    judge?: JudgeState;
    /** The same of what the pods count themselves. */
    pods?: JudgeState;
    /** From here on a proof of health may end the interval, ms after its start. Absent: it may not. */
    earlyAfterMs?: number;
  };
  /** What the slice before has handed on. Absent: the interval begins. */
  soFar?: IntervalSoFar;
}

export interface ObserveInput extends MeasuredTarget {
  /** Preflight has named ways of others to the canary: requests that go on do not count. Default false. */
  named?: boolean;
}

/**
 * - `away`: the sources were seen to send nothing to the canary, or nothing but what comes by ways that are named
 * - `notObserved`: no source could be seen within the limit
 * - `stillRouted`: requests are still routed to the canary
 */
export type Observation = { kind: 'away' | 'notObserved' | 'stillRouted'; sentence: string };

export interface ScaleDownInput extends FencedTarget {
  /** HPA bounds to put back; absent: nothing was there. */
  autoscaler?: NamedBounds;
}

export interface RestorePrimaryInput extends FencedTarget {
  previous: Revision;
  /** The template is none of our business: only the size. Default false. */
  sizeOnly?: boolean;
  /** Only this: without HPA it goes back to `replicas`, if it still has what we made it grow to. Default false. */
  putBack?: boolean;
  /** Size the primary must have before users return. Absent: as it is. */
  replicas?: number;
}

/** On both queues of a cluster. */
export interface AwaitWorker {
  /** Does nothing: whoever runs it is a worker. */
  awaitWorker(): Promise<void>;
}

/** Queue `sluice.<cluster>`: writes and quick reads. */
export interface ClusterActivities extends AwaitWorker {
  detect(input: DetectInput): Promise<Detected>;
  /** Makes it from the primary, without replicas: what follows is written to this one only. */
  createCanary(input: FencedTarget): Promise<Uids>;
  scaleCanary(input: ScaleInput): Promise<void>;
  boundAutoscaler(input: BoundsInput): Promise<BoundsResult>;
  route(input: RouteInput): Promise<RouteResult>;
  upgradePrimary(input: UpgradeInput): Promise<UpgradeResult>;
  restorePrimary(input: RestorePrimaryInput): Promise<void>;
  raiseFence(input: RaiseFenceInput): Promise<FenceRaised>;
  scaleCanaryToZero(input: ScaleDownInput): Promise<void>;
  /** Makes what is missing of the canary's destination (`traffic.create`). @returns what was made, in words */
  createDestinations(input: FencedTarget): Promise<string[]>;
  /** Removes what this plan made, once no route names it. */
  removeDestinations(input: FencedTarget): Promise<string[]>;
  /** Status of a plan that is an object: how its newest rollout stands. Asked for as a notice is. */
  showStatus(input: NotifyInput): Promise<NotifyResult>;
  /** Reads what decisions on the way back are made of. */
  look(input: LookInput): Promise<World>;
}

/** Queue `sluice.<cluster>.wait`: watches, tests and check intervals. */
export interface WaitActivities extends AwaitWorker {
  awaitReady(input: AwaitReadyInput): Promise<ReadyResult>;
  runAcceptance(input: RunTestInput): Promise<TestResult>;
  runLoad(input: RunLoadInput): Promise<LoadSlice>;
  checkInterval(input: IntervalInput): Promise<IntervalSlice>;
  observeAway(input: ObserveInput): Promise<Observation>;
  /** On the way back: waits, tries refused writes again, and lets the checks go on, all at once. */
  awaitChange(input: AwaitChangeInput): Promise<Change>;
}

/** Queue `sluice`: what needs no cluster. */
export interface ControlActivities {
  /** Starts the rollout workflow or hands the offer to the running one. */
  makeOffer(input: { cluster: string; offer: Offer }): Promise<OfferAnswer>;
  verifyActor(input: ProofInput): Promise<Proof>;
  /** Of an offer to a rollout that runs: whose it is, and that its plan takes its image. */
  verifyOffer(input: OfferProofInput): Promise<OfferProof>;
  /** Whether pause and abort need a proof as well, as the installation says. */
  needsProof(): Promise<boolean>;
  /** Whether the plan's hours allow it now; asked of an activity, as time-zone data may differ between workers. */
  askWindow(input: {
    windows: WindowPlan[];
    freezes: FreezePlan[];
    purpose: WindowPurpose;
    /** The workflow's clock, ms. */
    atMs: number;
  }): Promise<WindowAnswer>;
  /** Starts the notices workflow of the plan or reaches the running one. */
  handOverNews(news: News): Promise<void>;
  /** One message to people: of one notice, or a digest of several. What became of each of them; an error tells nothing. */
  notify(input: NotifyInput): Promise<NotifyResult>;
}
