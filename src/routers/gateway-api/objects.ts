/**
 * HTTPRoute and GRPCRoute as far as we read them, and which backend is which side. Pure.
 * Fields: gateway-api.sigs.k8s.io/reference/spec (HTTPRouteRule, GRPCRouteRule, HTTPBackendRef, RouteParentStatus).
 */

import type { Destination, RouteRef } from '../../contract/plan.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeObject } from '../../kubernetes/client/client.ts';
import type { ServiceName } from '../contract.ts';
import { serviceOf } from '../shared/host.ts';

export interface BackendRef {
  /** Absent: the core group. */
  group?: string;
  /** Absent: Service. */
  kind?: string;
  name: string;
  /** Absent: the route's. */
  namespace?: string;
  port?: number;
  /** Share among the rule's backends. Absent: 1. */
  weight?: number;
  filters?: Filter[];
  [field: string]: unknown;
}

export interface Filter {
  type: string;
  requestMirror?: RequestMirror;
  urlRewrite?: { path?: { type?: string } };
  responseHeaderModifier?: HeaderModifier;
  [field: string]: unknown;
}

/** Neither percent nor fraction: every request is copied. */
interface RequestMirror {
  backendRef: BackendRef;
  percent?: number;
  fraction?: { numerator: number; denominator?: number };
}

interface HeaderModifier {
  add?: { name: string; value: string }[];
  set?: { name: string; value: string }[];
  remove?: string[];
  [field: string]: unknown;
}

export interface HeaderMatch {
  type?: string;
  name: string;
  value: string;
}

export interface RouteMatch {
  path?: { type?: string; value?: string };
  method?: unknown;
  headers?: HeaderMatch[];
  queryParams?: unknown[];
  [field: string]: unknown;
}

export interface RouteRule {
  name?: string;
  /** Absent or empty: every request. */
  matches?: RouteMatch[];
  filters?: Filter[];
  backendRefs?: BackendRef[];
  [field: string]: unknown;
}

export interface ParentRef {
  group?: string;
  kind?: string;
  name: string;
  namespace?: string;
  sectionName?: string;
  port?: number;
}

export interface ParentStatus {
  parentRef: ParentRef;
  controllerName?: string;
  conditions?: { type: string; status: string; observedGeneration?: number; reason?: string; message?: string }[];
}

export interface GatewayRoute extends KubeObject {
  spec?: { parentRefs?: ParentRef[]; rules?: RouteRule[]; [field: string]: unknown };
  status?: { parents?: ParentStatus[] };
}

/** A Service; `port` absent: any of its ports. */
export type Backend = ServiceName & { port?: number };

/** The two sides of a plan and the namespace of the route that names them. */
export interface BackendPair {
  primary: Backend;
  canary: Backend;
  namespace: string;
}

export function pairOf({ traffic }: TargetPlan, { namespace }: RouteRef): BackendPair {
  return { primary: backendOf(traffic.primary, namespace), canary: backendOf(traffic.canary, namespace), namespace };
}

export function backendOf({ host, port }: Destination, namespace: string): Backend {
  const service = serviceOf(host, namespace) ?? { name: host, namespace };
  return port === undefined ? service : { ...service, port };
}

export function isBackend(found: BackendRef, wanted: Backend, namespace: string): boolean {
  return (
    ['', 'core'].includes(found.group ?? '') &&
    (found.kind ?? 'Service') === 'Service' &&
    found.name === wanted.name &&
    (found.namespace ?? namespace) === wanted.namespace &&
    (wanted.port === undefined || found.port === wanted.port)
  );
}

export function isMirrorTo({ requestMirror }: Filter, wanted: Backend, namespace: string): boolean {
  return requestMirror?.backendRef !== undefined && isBackend(requestMirror.backendRef, wanted, namespace);
}

/** `shop-v1:9080`, with the namespace when it is not the route's. */
export function describeBackend(
  { name, namespace, port }: Pick<BackendRef, 'name' | 'namespace' | 'port'>,
  home: string,
): string {
  const place = namespace === undefined || namespace === home ? '' : `.${namespace}`;
  return `${name}${place}${port === undefined ? '' : `:${port}`}`;
}
