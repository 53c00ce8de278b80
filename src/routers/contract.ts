/**
 * What Sluice needs of anything that steers traffic. A router is one folder with knowledge of its objects; reading routes,
 * fencing, order, drift and waiting are the same for all. docs/routers.md says how to add one.
 */

import type { RouteFound } from '../contract/detected.ts';
import type { RouteIntent } from '../contract/intent.ts';
import type { MirrorSpec } from '../contract/mirror.ts';
import type { MirrorPlacement } from '../contract/mirror-activities.ts';
import type { Problem } from '../contract/offer.ts';
import type { Destination, RouteRef } from '../contract/plan.ts';
import type { TargetPlan } from '../contract/plan-parts.ts';
import type { Findings } from '../contract/preflight.ts';
import type { KubeClient, KubeObject, PatchOperation, Ref } from '../kubernetes/client/client.ts';
import type { Walker } from './paths/walker.ts';

export interface RouterAbilities {
  /** How live traffic is split: `exact`: by percent; `pods`: one side has all of it, or both share it by their ready pods. */
  weights: 'exact' | 'pods';
  /** Copy live requests, answers thrown away; `percent`: also a part of them. */
  mirror: 'percent' | 'all' | 'none';
  /** Tell requests apart by a header. */
  headerMatch: boolean;
  /** Keep users by a cookie: header match by regular expression, and a response header for one destination alone. */
  affinity: boolean;
  /**
   * How a change is known to be in force: the route's own status says so, the pods that callers are given show it, or only what the
   * callers' proxies report.
   */
  observed: 'status' | 'endpoints' | 'series';
  /**
   * What a destination is: a host, perhaps with a subset, whose port the rule knows; a Service and its port; or the pods that the route
   * itself selects.
   */
  destination: 'host' | 'service' | 'selector';
}

/** One route of a plan as the cluster has it: what travels through reading, writing and telling of drift. */
export interface ManagedRoute {
  plan: TargetPlan;
  route: RouteRef;
  object: KubeObject;
}

/** With where it was read, in the API version that the cluster serves. */
export interface ResolvedRoute extends ManagedRoute {
  ref: Ref;
}

export type FoundRule = RouteFound['rules'][number];

/** What one managed rule says in the plan's terms. */
export interface ManagedRule {
  /** `spec.http[0]` */
  place: string;
  /** Absent: the rule has no form of an intent. */
  intent?: RouteIntent;
  /** `primary 80 %, canary 20 %` */
  words: string;
  /** Percent of requests copied to the canary. */
  mirror: number;
  /** Our fields as they are, to put back at rest. */
  found: FoundRule;
}

/** What is wanted of a route. */
export interface WantedIntent {
  intent: RouteIntent;
  /** Our fields as the preflight found them. */
  found: RouteFound;
}

/** Of a Kubernetes Service. */
export interface ServiceName {
  name: string;
  namespace: string;
}

export type Labels = Record<string, string>;

/** Labels of the pods on each side, identity labels included. */
export interface PodLabels {
  primaryPodLabels: Labels;
  canaryPodLabels: Labels;
}

export type { Findings };

/** What the route's own status says about the generation that was written. */
export type Taken =
  | { kind: 'taken' }
  | { kind: 'pending'; sentence: string }
  /** The implementation says no: a backend is missing, a reference is not allowed. */
  | { kind: 'refused'; sentence: string }
  /** This kind of route has no status to go by. */
  | { kind: 'unknown' };

export interface Router {
  /** The API versions of each of its kinds, newest first; all carry the same fields. */
  kinds: Readonly<Record<string, readonly [string, ...string[]]>>;
  can(kind: string): RouterAbilities;
  /** What others must leave alone: the list of rules, and what is written of rules that name both destinations, as paths of jq. */
  written: { list: string; parts: readonly string[] };
  /** The rules that the plan steers; pure. @param wanted is what a rounded share counts as, where it is that share */
  read(managed: ManagedRoute, wanted?: RouteIntent): ManagedRule[];
  /**
   * The operations that bring the managed rules to the intent and touch nothing else; pure. An intent at rest puts back what
   * `found` says, and every intent removes affinity rules of other rollouts.
   * @returns undefined when no rule routes to the primary any more
   */
  change(managed: ManagedRoute, change: WantedIntent): PatchOperation[] | undefined;
  /** What forbids a rollout on the rules of one route; pure. */
  problems(managed: ManagedRoute): Problem[];
  /** What forbids a rollout besides: destinations, callers, what the implementation says. Reads only. @param routes one or more */
  inspect(client: KubeClient, routes: ResolvedRoute[], labels: PodLabels): Promise<Findings>;
  /** What its own status says; pure. */
  taken(object: KubeObject): Taken;
  /** What else shows whether it is in force. Reads only. Absent: its own status is all there is. */
  observe?(client: KubeClient, managed: ManagedRoute): Promise<Taken>;
  /** Where the rules of its objects lead, also of kinds that it does not steer. */
  walker: Walker;
  /** Whether callers inside the mesh who ask for the Service get what this route says; pure. @param domain of the mesh */
  governs(object: KubeObject, service: ServiceName, domain: string): boolean;
  /** Routes that hand users over to one that nothing else serves; undefined: it is served by itself. Absent: all of its are; pure. */
  rootsOf?(object: KubeObject, all: KubeObject[]): KubeObject[] | undefined;
  /** Whether this part of a route names the canary's destination, at whatever weight; pure. @param namespace of the route */
  namesCanary(part: Record<string, unknown>, plan: TargetPlan, namespace: string): boolean;
  /** Absent: a destination is a Service, and there is nothing else to make. */
  destinations?: DestinationObjects;
  /** Absent: its routes carry no mirrors for their own sake. */
  mirror?: MirrorRouter;
}

/** What a canary's destination needs beside its Service. `ref`: the plan's first route, in the version that is served. */
export interface DestinationObjects {
  /** What nobody but this plan defines, to be made or made before. @throws Refusal `Drift` when it cannot be made any more */
  needed(client: KubeClient, ref: Ref, plan: TargetPlan, service: ServiceName): Promise<NeededObject[]>;
  /** What has the plan's label. */
  labelled(client: KubeClient, ref: Ref, plan: TargetPlan): Promise<{ ref: Ref; object: KubeObject }[]>;
}

export interface NeededObject {
  ref: Ref;
  object: KubeObject;
  /** JSON pointer of what must be so on an object that we made before. */
  content: '/spec' | '/spec/selector';
}

/** What is written of a mirror: the request with its target as the route says it, and where the mirror goes. */
export interface MirrorForm {
  spec: MirrorSpec;
  shape: MirrorPlacement['shape'];
}

/** A mirror for its own sake on a kind of route. Pure but for what it knows of targets. */
export interface MirrorRouter {
  /** What forbids the mirror on this object, what is left of an earlier run of the same name apart; and where it goes. */
  examine(object: KubeObject, spec: MirrorSpec): { problems: Problem[]; shape: MirrorForm['shape'] };
  /** From the object as it is to the mirror; `[]`: it is on. @returns undefined when no rule can carry it */
  on(object: KubeObject, form: MirrorForm): PatchOperation[] | undefined;
  /** Takes away everything of this mirror. */
  off(object: KubeObject, form: MirrorForm): PatchOperation[];
  isOn(object: KubeObject, form: MirrorForm): boolean;
  /** Absent: its routes mirror to Services alone. */
  targets?: MirrorTargets;
}

/** Targets besides Services. `ref`: the route that is mirrored. */
export interface MirrorTargets {
  /** What a subset selects among the pods of its Service. */
  subset(client: KubeClient, ref: Ref, to: Destination, service: ServiceName): Promise<Selection>;
  /** What forbids a mirror to a host that is no Service. */
  outside(client: KubeClient, ref: Ref, to: Destination): Promise<Problem | undefined>;
}

/** Whom a destination selects. */
export interface Selection {
  problems: Problem[];
  /** Absent: it selects nobody, or that cannot be known. */
  labels?: Labels;
}
