/** The terms in which the way to rest is decided: what is wanted, what is known besides the world, what is due or waited for. */
import type { Observation } from '../../contract/activities.ts';
import type { WriteObject } from '../../contract/fence.ts';
import type { AffinityIntent, RouteIntent } from '../../contract/intent.ts';
import type { WaitCondition } from '../../contract/world.ts';

export interface Goal {
  /** What the primary runs at rest. */
  revision: 'previous' | 'new';
  /** `users`: it is enough that everybody is on the primary (step 17). */
  until: 'users' | 'rest';
}

/** A write that was seen to be made. */
export interface Made {
  what: Due['what'] | 'forward';
  seq: number;
  /** ms of the workflow's clock. */
  at: number;
}

/** What a rollout knows besides the world. */
export interface Known {
  /** ms of the workflow's clock. */
  now: number;
  epoch: number;
  /** Everybody on the primary, as it is written at rest. */
  rest: RouteIntent;
  /** Users who met the canary stay on it while it has weight. */
  keep?: AffinityIntent;
  /** Replicas of the primary at the start. */
  found: number;
  /** The primary has an HPA. */
  autoscaled: boolean;
  /** Ready pods that a primary whose template was written needs before users return. */
  size: number;
  /** The primary's upgrade was scheduled, so it may have been made. */
  touched: boolean;
  /** Last number scheduled to each object; absent: none. */
  scheduled: Partial<Record<WriteObject, number>>;
  made: Partial<Record<WriteObject, Made>>;
  /** The canary is proven worse, was lost, or reached the failure threshold. */
  fails: boolean;
  /** Users leave the canary at once, though nothing is known against it. */
  leave: boolean;
  /** The canary has passed an interval with live traffic. */
  proven: boolean;
  /** A person wants users back with whatever is ready. */
  anySize: boolean;
  /** Users are on one side or shared by pods, so none can be taken back by percent. Absent: no. */
  whole?: boolean;
  /** Canary weights of a gradual return that are left; absent: at once. */
  steps?: readonly number[];
  /** The weight of that return at which users are, until its interval has passed. */
  watching?: number;
  /** Objects that a person leaves as they are. */
  left: readonly WriteObject[];
  /** Objects whose writes are refused just now. */
  refused: readonly WriteObject[];
  /** What was seen of requests to the canary after the route was back. */
  away?: Observation['kind'];
  drained: boolean;
}

export type Due =
  | { object: 'route'; what: 'route'; intent: RouteIntent }
  | { object: 'primary'; what: 'restore' | 'grow' | 'fence' | 'shrink'; replicas: number }
  /** To the plan's bounds, or to those that were found. */
  | { object: 'primary-autoscaler'; what: 'planned' | 'found' }
  | { object: 'canary'; what: 'zero' }
  | { object: 'destinations'; what: 'remove' };

export type Wait =
  /** `check`: intervals of the canary go on meanwhile. */
  | { kind: 'change'; until: WaitCondition[]; check: boolean }
  | { kind: 'interval' }
  | { kind: 'observe' }
  | { kind: 'drain' };

/** What has to happen outside. */
export interface Lack {
  object: 'primary' | 'route' | 'canary';
  /** One sentence without its end. */
  reason: string;
}

export interface Step {
  due: Due[];
  /** Absent: something is due, or it is over. */
  wait?: Wait;
  /** One sentence: what happens now. */
  sentence: string;
  /** A person is told when it takes long. */
  lacks?: Lack;
  over: boolean;
}
