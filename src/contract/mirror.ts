/** A mirror for its own sake: copies of live requests from one destination to another, with a durable end. Pure. */

import type { MetricReference } from './analysis.ts';
import type { Problem } from './offer.ts';
import type { Destination, RouteRef } from './plan.ts';
import { formatSpan } from './words.ts';

/** What a person asked for, with every default filled in. */
export interface MirrorSpec extends MetricReference {
  /** DNS label of at most 48 characters: it is part of the extra rule's name and of an annotation's. */
  name: string;
  namespace: string;
  cluster: string;
  route: RouteRef;
  /** Rules that route to it with a weight above 0 are mirrored. */
  from: Destination;
  /** Who gets the copies; its answers are thrown away. */
  to: Destination;
  /** Percent of the requests that are copied, 1 to 100. */
  percent: number;
  /** ms from the moment of the write; absent: until somebody stops it. */
  durationMs?: number;
  /** Copy only requests that meet all of it. */
  match?: MirrorMatch;
  /** Copy requests that may change something, too. Default false: only GET, HEAD and OPTIONS. */
  unsafeMethods: boolean;
}

interface MirrorMatch {
  /** One of these. */
  methods?: string[];
  /** The path begins with this text. */
  pathPrefix?: string;
  /** Each header has exactly this value. */
  headers?: Record<string, string>;
}

/** Methods that change nothing by their definition: RFC 9110 section 9.2.1, without TRACE, which carries no user data on. */
export const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'] as const;

/** Most characters of a mirror's name. */
export const MAX_MIRROR_NAME = 48;

/** Which methods are copied; undefined: every one. */
export function copiedMethods({ match, unsafeMethods }: MirrorSpec): readonly string[] | undefined {
  return match?.methods ?? (unsafeMethods ? undefined : SAFE_METHODS);
}

/** Every request of the rule is meant, so that no condition is needed. */
export function isPlain(spec: MirrorSpec): boolean {
  const { pathPrefix, headers = {} } = spec.match ?? {};
  return copiedMethods(spec) === undefined && pathPrefix === undefined && Object.keys(headers).length === 0;
}

export type MirrorState = 'starting' | 'running' | 'stopping' | 'ended';

/**
 * - `ended`: its time was over
 * - `stopped`: a person stopped it
 * - `target-lost`: no ready pod was left to copy to
 * - `refused`: nothing was written
 * - `failed`: it could not go on, for instance as somebody else changed the route
 */
export type MirrorOutcomeKind = 'ended' | 'stopped' | 'target-lost' | 'refused' | 'failed';

export interface MirrorOutcome {
  kind: MirrorOutcomeKind;
  /** One plain sentence. */
  reason: string;
}

/** What one side answered while the mirror was on. */
export interface SideNumbers {
  requests: number;
  /** Requests by class of the answer: `2xx`, …, `gRPC ok`, `gRPC failed`, `left` by their callers, `none` for no answer. */
  answers: Record<string, number>;
  /** Answer times in ms; absent without observations. */
  p50Ms?: number;
  p99Ms?: number;
}

export interface MirrorNumbers {
  /** ISO 8601: what they cover. */
  from: string;
  to: string;
  /** Users' requests at the pods of `from`; absent when they cannot be told from the metrics. */
  live?: SideNumbers;
  /** Copies at the pods of `to`; absent when the mesh does not see them. */
  copies?: SideNumbers;
  /** That the copies arrive, or why that cannot be seen; one sentence. */
  evidence: string;
}

/** Everything about a mirror that people are shown; answered by the query `view` and returned by the workflow. */
export interface MirrorView {
  spec: MirrorSpec;
  state: MirrorState;
  /** One sentence: what happens now and what comes next. */
  sentence: string;
  /** ISO 8601. */
  startedAt: string;
  startedBy: string;
  /** When the write was asked for; absent: nothing was written. */
  since?: string;
  /** When its time is over; absent: until stopped. */
  until?: string;
  /** When the mirror was seen to be off again, or nothing was written. */
  endedAt?: string;
  numbers?: MirrorNumbers;
  warnings: string[];
  problems: Problem[];
  outcome?: MirrorOutcome;
}

/** Asks a mirror to end. */
export interface MirrorStop {
  actor: { name: string; channel: string };
  reason?: string;
}

/** `mirror/<cluster>/<namespace>/<name>` */
export function mirrorWorkflowId({
  cluster,
  namespace,
  name,
}: Pick<MirrorSpec, 'cluster' | 'namespace' | 'name'>): string {
  return `mirror/${cluster}/${namespace}/${name}`;
}

/** `forecast, subset v1`, `forecast:3002`. */
export function describeDestination({ host, subset, port }: Destination): string {
  return `${host}${port === undefined ? '' : `:${port}`}${subset === undefined ? '' : `, subset ${subset}`}`;
}

/** "25 % of GET, HEAD, OPTIONS under /api from forecast, subset v2 to forecast, subset v1" */
export function describeMirror(spec: MirrorSpec): string {
  const methods = copiedMethods(spec)?.join(', ') ?? 'all requests';
  const { pathPrefix, headers = {} } = spec.match ?? {};
  const path = pathPrefix === undefined ? '' : ` under ${pathPrefix}`;
  const names = Object.keys(headers);
  const by = names.length === 0 ? '' : ` with ${names.join(', ')}`;
  return `${spec.percent} % of ${methods}${path}${by} from ${describeDestination(spec.from)} to ${describeDestination(spec.to)}`;
}

/** "for 1m 00s" or "until it is stopped" */
export function describeDuration({ durationMs }: MirrorSpec): string {
  return durationMs === undefined ? 'until it is stopped' : `for ${formatSpan(durationMs)}`;
}

/** What the numbers prove. @param external the target is no Service of this cluster */
export function evidence(
  spec: MirrorSpec,
  { live, copies }: Pick<MirrorNumbers, 'live' | 'copies'>,
  external: boolean,
  problem?: string,
): string {
  const to = describeDestination(spec.to);
  if (external) return `What arrives at ${to} is not visible in the mesh's metrics; look at its own access log.`;
  if (problem) return `Whether copies arrive is not known: ${problem}.`;
  if (!copies) return `Whether copies arrive at ${to} is not known: no pod of it was found in the metrics.`;
  // what the proxies of `from` counted is known to within one scrape at each end
  const from = live ? ` for about ${count(live.requests, 'live request')} to ${describeDestination(spec.from)}` : '';
  return `${count(copies.requests, 'copy', 'copies')} arrived at ${to}${from} (counters of the destinations).`;
}

function count(value: number, one: string, many = `${one}s`): string {
  return `${value.toLocaleString('en-US')} ${value === 1 ? one : many}`;
}
