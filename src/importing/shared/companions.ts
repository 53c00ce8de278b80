/** Objects that a plan needs beside it. */
import { ownAnnotations } from './annotations.ts';
import type { ImportCase } from './case.ts';
import type { Field } from './field.ts';
import { isTree, type LooseTree } from './tree.ts';

interface ObjectName {
  name: string;
  namespace: string;
}

export function service(metadata: ObjectName, selector: LooseTree, ports: unknown): LooseTree {
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector, ports } };
}

/** A source object with another selector, without what the API server wrote. */
export function withSelector(one: Pick<ImportCase, 'namespace'>, { object }: Field, selector: LooseTree): LooseTree {
  const { spec, ...rest } = declared(one, object.value);
  return { ...rest, spec: { ...(isTree(spec) ? spec : {}), selector } };
}

/** What somebody wrote: no status, no metadata of the server, no owner whose end would end it. */
export function declared(
  one: Pick<ImportCase, 'namespace'>,
  { apiVersion, kind, metadata, spec }: LooseTree,
): LooseTree {
  const { name, namespace = one.namespace, labels, annotations } = isTree(metadata) ? metadata : {};
  return { apiVersion, kind, metadata: { name, namespace, labels, annotations: ownAnnotations(annotations) }, spec };
}

export interface ArmBackend {
  name: string;
  port: number;
  weight?: number;
}

interface RouteParts extends ObjectName {
  parentRefs: unknown;
  hostnames?: unknown;
  rules: LooseTree[];
}

export function httpRoute({ name, namespace, parentRefs, hostnames, rules }: RouteParts): LooseTree {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace },
    spec: { parentRefs, hostnames, rules },
  };
}

/** All users on the primary: what a plan finds at rest. */
export function atRest(primary: Omit<ArmBackend, 'weight'>, canary: Omit<ArmBackend, 'weight'>): ArmBackend[] {
  return [
    { ...primary, weight: 100 },
    { ...canary, weight: 0 },
  ];
}
