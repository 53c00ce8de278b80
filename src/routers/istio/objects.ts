/**
 * The objects of Istio as far as we read them. Rules of `tcp` and `tls` are http rules without a name and without a mirror.
 * Fields: istio.io/docs/reference/config/networking/virtual-service (HTTPRoute, HTTPRouteDestination, HTTPMatchRequest,
 * HTTPMirrorPolicy, TCPRoute, TLSRoute).
 */

import type { Destination, RouteRef } from '../../contract/plan.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeObject } from '../../kubernetes/client/client.ts';
import { sameHost } from '../shared/host.ts';

export interface IstioDestination {
  host: string;
  subset?: string;
  port?: { number?: number };
}

export interface WeightedDestination {
  destination?: IstioDestination;
  weight?: number;
  [field: string]: unknown;
}

interface StringMatch {
  exact?: string;
  prefix?: string;
  regex?: string;
}

export interface HttpMatch {
  method?: StringMatch;
  uri?: StringMatch;
  ignoreUriCase?: boolean;
  headers?: Record<string, StringMatch>;
  withoutHeaders?: Record<string, StringMatch>;
  [field: string]: unknown;
}

export interface HttpRule {
  name?: string;
  /** Absent or empty: every request. */
  match?: HttpMatch[];
  route?: WeightedDestination[];
  /** A VirtualService whose rules stand here instead. */
  delegate?: { name?: string; namespace?: string };
  mirror?: IstioDestination;
  mirrorPercentage?: { value?: number };
  mirrors?: HttpMirror[];
  [field: string]: unknown;
}

export interface HttpMirror {
  destination?: IstioDestination;
  percentage?: { value?: number };
}

export interface VirtualService extends KubeObject {
  spec?: {
    hosts?: string[];
    gateways?: string[];
    http?: HttpRule[];
    tcp?: HttpRule[];
    tls?: HttpRule[];
    [field: string]: unknown;
  };
}

export interface DestinationRule extends KubeObject {
  spec?: { host?: string; subsets?: Subset[]; exportTo?: string[]; workloadSelector?: unknown };
}

export interface ServiceEntry extends KubeObject {
  spec?: {
    hosts?: string[];
    ports?: { number: number }[];
    exportTo?: string[];
    /** Pods of its own namespace. */
    workloadSelector?: { labels?: Record<string, string> };
    endpoints?: { address?: string }[];
  };
}

interface Subset {
  name: string;
  labels?: Record<string, string>;
  trafficPolicy?: unknown;
}

/** The two sides of a plan and the namespace of the object that names them. */
export interface DestinationPair {
  primary: Destination;
  canary: Destination;
  namespace: string;
}

export function pairOf({ traffic: { primary, canary } }: TargetPlan, { namespace }: RouteRef): DestinationPair {
  return { primary, canary, namespace };
}

export function isDestination(found: IstioDestination | undefined, wanted: Destination, namespace: string): boolean {
  if (!found) return false;
  const sameSubset = (found.subset ?? '') === (wanted.subset ?? '');
  return sameSubset && sameHost(found.host, namespace, wanted.host, namespace);
}

/** Without the port, which a rule mostly leaves to the Service. */
export function describeDestination({ host, subset }: IstioDestination | Destination): string {
  return subset ? `${host}, subset ${subset}` : host;
}
