import type { AnalysisPlan, JobPlan } from './analysis.ts';

/**
 * A resolved plan: what a person wrote (see `src/plan`) with every default filled in and every duration in milliseconds.
 * A rollout pins one of these for its whole life.
 */
export interface Plan {
  name: string;
  namespace: string;
  workload: WorkloadPlan;
  events: EventPlan[];
  traffic: TrafficPlan;
  scale: ScalePlan;
  /** Empty: the step is skipped. */
  acceptance: AcceptanceTest[];
  /** Absent: the step is skipped. */
  load?: LoadPlan;
  /** Absent: intervals are measured by users alone. */
  during?: DuringPlan;
  /** Absent: the steps 8 to 11 are skipped. */
  mirror?: MirrorPlan;
  shift: ShiftPlan;
  /** Users who come to the canary before all weights, in order. Absent: nobody does. */
  match?: MatchStage[];
  /** People who must agree before it goes on. Default none. */
  approvals?: ApprovalPlan[];
  /** When it may start, go forward and promote; going back is always allowed. Default always. */
  windows?: WindowPlan[];
  freezes?: FreezePlan[];
  /** What becomes of a pause that lasts. Absent: it lasts until somebody resumes. */
  pause?: { limitMs: number; onLimit: 'resume' | 'abort' };
  /** Absent: every request is split anew. */
  affinity?: AffinityPlan;
  analysis: AnalysisPlan;
  onNewRevision: 'supersede' | 'queue' | 'reject';
  /** With `onNewRevision: queue`: which of the waiting ones follow. Default newest. */
  queue?: 'newest' | 'all';
  notify: NotifyPlan[];
  /** Pages that help whoever is told, by name. */
  links?: Record<string, string>;
  /** Open questions are told again after this time, then after twice as long, up to a day. Default 1 800 000. */
  needsYou: { againMs: number };
}

export interface ApprovalPlan {
  /** The mirror, the first users who match, the first live weight, a weight in percent, or the upgrade of the primary. */
  before: 'mirror' | 'match' | 'traffic' | 'promotion' | number;
  /** Names, and groups as `group:<name>`, of whom one must be; empty: anybody who proves who asks. */
  from: string[];
  /** How many different people. Default 1. */
  count: number;
  /** Who delivered the version does not count. Default true. */
  notInitiator: boolean;
  /** Absent: it waits for ever. */
  expiresMs?: number;
  /** Default hold. */
  onExpiry: 'hold' | 'abort' | 'proceed';
}

/** `start`: scale the canary; `forward`: mirror and every weight; `promote`: upgrade the primary. */
export type WindowPurpose = 'start' | 'forward' | 'promote';

/** Hours of the week. */
export interface WindowPlan {
  for: WindowPurpose[];
  days: ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
  /** `09:00`; an end at or before the beginning is on the day after. */
  from: string;
  to: string;
  /** IANA name, such as Europe/Berlin. */
  zone: string;
}

/** Whole days on which nothing goes forward. */
export interface FreezePlan {
  /** `2026-12-20`, both included. */
  from: string;
  to: string;
  zone: string;
  reason?: string;
}

/** An image that deploy events may bring. */
export interface EventPlan {
  /** Without tag and digest. */
  image: string;
  /** What its sender's token must prove; `*` stands for any characters. Absent: any sender whose scope has the plan. */
  from?: EventOrigin;
}

/** Where a deploy event comes from, as the token of its CI job proves. */
export interface EventOrigin {
  repository?: string;
  environment?: string;
}

interface WorkloadPlan {
  /** Deployment that serves users at rest. */
  primary: string;
  /** Deployment at zero replicas at rest; made from the primary when absent. */
  canary: string;
  /** Labels that tell canary pods from primary pods, on pods and selector. */
  canaryLabels: Record<string, string>;
  /** Containers, init containers too, whose image a deploy event replaces; absent: all whose image has the event's repository. */
  containers?: string[];
  /** Accept a canary that already has replicas at the start. Default false. */
  adoptRunning: boolean;
  /** Who brings new versions: events an image, or people and Git the template of the canary Deployment. Default event. */
  source?: 'event' | 'canary';
}

export interface TrafficPlan {
  routes: RouteRef[];
  /**
   * Of routes that split by pods: `switch`: all users on one side or the other; `pods`: both sides by their ready pods, so the canary's size
   * makes its share. Absent: they split by percent.
   */
  mode?: 'switch' | 'pods';
  primary: Destination;
  canary: Destination;
  /** How long connections may drain between "routed away" and the scale-down, ms. Default 30 000. */
  terminationDrainMs: number;
  /** Go on although ways past the plan's rules lead users to canary pods; each is named. Default false. */
  allowUngoverned: boolean;
  /** When somebody else changes our fields of a route: ask a person, or write them again. Default hold. */
  onDrift?: 'hold' | 'restore';
  /** Make what the canary's destination needs (Service, subset of a DestinationRule) when it is missing, and remove it at the end. Default false. */
  create?: boolean;
  /** Wait for the routes' own status where their kind has one; false: the controller writes none. Default true. */
  awaitStatus?: boolean;
}

export interface RouteRef {
  /** One that a router of `src/routers` knows, such as VirtualService or HTTPRoute. */
  kind: string;
  name: string;
  namespace: string;
  /** Names of the rules to manage; absent: every rule that routes to the primary. */
  rules?: string[];
}

export interface Destination {
  /** Host as the route writes it, short or fully qualified; for the Gateway API the Service, `name` or `name.namespace.svc`. */
  host: string;
  /** Istio only. */
  subset?: string;
  /** Gateway API: the Service's port. */
  port?: number;
}

/** The cookie that keeps users who met the canary on it. Attributes: RFC 6265 section 5.3. */
export interface AffinityPlan {
  /** Name of the cookie. */
  cookie: string;
  /** Seconds. */
  maxAgeS: number;
  /** How long the route that expires the cookie stays after the end, ms. */
  cleanupAfterMs: number;
  path: string;
  domain?: string;
  sameSite?: 'Strict' | 'Lax' | 'None';
  secure: boolean;
  httpOnly: boolean;
}

export interface AutoscalerBounds {
  min: number;
  max: number;
}

export interface ScalePlan {
  canary: { replicas: number; autoscaler?: AutoscalerBounds; matchWeight: boolean };
  primary: { autoscaler?: AutoscalerBounds };
  /** Longest wait for pods to become ready, ms. Default 600 000. */
  readyTimeoutMs: number;
}

export type AcceptanceTest = HttpTest | JobTest;

/** A request to every pod of the canary. */
export interface HttpTest {
  name: string;
  job?: undefined;
  http: {
    path: string;
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS';
    headers: Record<string, string>;
    body?: string;
    /** Port of the pod; absent: the first container port. */
    port?: number;
    expect: { status: number; bodyContains?: string; headers: Record<string, string> };
  };
  /** ms per request. Default 10 000. */
  timeoutMs: number;
}

/** A Job beside the canary's pods: it passes when all of its containers end with 0. */
export interface JobTest {
  name: string;
  http?: undefined;
  job: JobPlan;
  /** ms until its containers have ended. Default 120 000. */
  timeoutMs: number;
}

export interface LoadPlan {
  requestsPerSecond: number;
  durationMs: number;
  path: string;
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS';
  headers: Record<string, string>;
  port?: number;
  /** Percent of requests answered below 500, and optionally the 99th percentile in ms. */
  expect: { successRate: number; p99Ms?: number };
}

/** Requests of our own by the users' way while intervals are measured. */
interface DuringPlan extends Pick<LoadPlan, 'requestsPerSecond' | 'path' | 'method' | 'headers'> {
  /** URL where users come in, without the path. */
  address: string;
  stages: ('mirror' | 'shift')[];
}

export interface MirrorPlan {
  /** Percent of live requests copied to the canary, 1 to 100. */
  percent: number;
  everyMs: number;
  /** Passed intervals that the stage needs. */
  iterations: number;
}

/** A stage before all weights: its users, and those of the stages before it, are on the canary, all others on the primary. */
export interface MatchStage {
  match: MatchCondition;
  everyMs: number;
  /** Passed intervals that the stage needs. */
  iterations: number;
}

/** Headers that a request has, all of them, names in lower case; or a cookie. */
export interface MatchCondition {
  header?: Record<string, string | { regex: string }>;
  cookie?: Record<string, string>;
}

export interface ShiftPlan {
  /** Canary weights in percent, strictly increasing, last one 100. */
  weights: number[];
  /** Length of an interval with all users on the canary, and at each weight that has none of its own, ms. */
  everyMs: number;
  /** At each of the weights, ms; see `everyAt`. Absent: `everyMs` at all. */
  stagesMs?: number[];
  /** Absent: users go back all at once. */
  back?: ReturnPlan;
}

/** A gradual return after an abort or for a newer revision; never when the canary fails. */
interface ReturnPlan {
  /** Canary weights in percent, strictly decreasing; those at or above the canary's share are left out. After the last one comes 0. */
  weights: number[];
  everyMs: number;
}

/** `target`: name of a notification target of the installation. */
export type NotifyPlan = { email?: { to: string[] }; slack?: { target: string }; webhook?: { target: string } };
