/**
 * What is there now, read in one go: the routes of a plan and its two Deployments. It ends up in workflow histories, so it holds what
 * decisions need and no more (2 KB at most).
 */
import type { Fence } from './fence.ts';
import type { RouteIntent } from './intent.ts';

export interface World {
  routes: RouteSeen[];
  primary: WorkloadSeen;
  canary: WorkloadSeen;
}

export interface RouteSeen {
  /** `VirtualService demo/reviews` */
  name: string;
  /** It does not exist. */
  gone?: true;
  /** Absent: it is gone, or its managed rules cannot be read as one intent. */
  intent?: RouteIntent;
  /** What its own status says of what is written; `unknown`: this kind of route has none. */
  status: 'taken' | 'pending' | 'refused' | 'unknown';
  /** Our last write. Absent: there was none. */
  fence?: Fence;
}

export interface WorkloadSeen {
  /** Absent: it does not exist. */
  uid?: string;
  /** `foreign`: neither of the rollout's two. */
  template: 'previous' | 'new' | 'foreign';
  /** Pods of other templates are still there. */
  mixed: boolean;
  /** `spec.replicas` */
  wanted: number;
  /** Ready pods, whatever they run. */
  ready: number;
  /** Ready pods of its template, as far as the controller has seen the last change. */
  updated: number;
  fence?: Fence;
}

/** A Deployment that does not exist. */
export const GONE: WorkloadSeen = { template: 'foreign', mixed: false, wanted: 0, ready: 0, updated: 0 };

/** Every pod runs the template, and there are at least as many as needed. */
export function isWhole({ mixed, wanted, updated }: WorkloadSeen, needed: number): boolean {
  return !mixed && updated >= Math.max(1, needed, wanted);
}

/** What ends a wait for a Deployment: as many ready pods (`updated`: of its template and of no other), or fewer than that. */
export type PodCondition =
  | { side: 'primary' | 'canary'; count: 'ready' | 'updated'; atLeast: number }
  | { side: 'primary' | 'canary'; below: number };

/** `taken`: the status of every route that has one says that it is in force. */
export type WaitCondition = PodCondition | { routes: 'taken' };

export function holds(condition: WaitCondition, world: World): boolean {
  if ('side' in condition) return podsFulfil(condition, world[condition.side]);
  return world.routes.every(({ status }) => status === 'taken' || status === 'unknown');
}

export function podsFulfil(condition: PodCondition, workload: WorkloadSeen): boolean {
  if ('below' in condition) return workload.ready < condition.below;
  return condition.count === 'ready' ? workload.ready >= condition.atLeast : isWhole(workload, condition.atLeast);
}
