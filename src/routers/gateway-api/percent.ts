/**
 * Whether the cluster's definition of a route knows a mirror of a part of the requests (`requestMirror.percent`, in the
 * standard channel since Gateway API 1.3). An older one drops the field, and then every request would be copied.
 */

import type { KubeClient, KubeObject } from '../../kubernetes/client/client.ts';
import { unless } from '../../kubernetes/client/errors.ts';
import type { Findings, ManagedRoute } from '../contract.ts';
import { joined } from '../shared/services.ts';

interface Definition extends KubeObject {
  spec?: { versions?: { served?: boolean; schema?: unknown }[] };
}

/** Where the field is below a version's `schema`. */
const MIRROR_PATH =
  'openAPIV3Schema.properties.spec.properties.rules.items.properties.filters.items.properties.requestMirror.properties'.split(
    '.',
  );

export async function partialMirrorFindings(client: KubeClient, routes: ManagedRoute[]): Promise<Findings> {
  const percent = routes[0]?.plan.mirror?.percent ?? 100;
  if (percent === 100) return { problems: [], warnings: [] };
  const kinds = [...new Set(routes.map(({ route }) => route.kind))];
  return joined(await Promise.all(kinds.map((kind) => ofKind(client, kind, percent))));
}

async function ofKind(client: KubeClient, kind: string, percent: number): Promise<Findings> {
  const definition = await readDefinition(client, kind);
  if (!definition) {
    const warning = `the definition of ${kind} cannot be read, so it is not known whether it has requestMirror.percent; before Gateway API 1.3 every request would be copied, not ${percent} %`;
    return { problems: [], warnings: [warning] };
  }
  if (knowsPercent(definition)) return { problems: [], warnings: [] };
  const problem = `the ${kind} of this cluster mirrors every request or none: its definition has no requestMirror.percent`;
  const remedy = 'set spec.mirror.percent: 100, or install Gateway API 1.3 or newer';
  return { problems: [{ where: 'spec.mirror.percent', problem, remedy }], warnings: [] };
}

/** @returns undefined without the right to look, which is cluster-wide */
function readDefinition(client: KubeClient, kind: string): Promise<Definition | undefined> {
  const name = `${kind.toLowerCase()}s.gateway.networking.k8s.io`;
  const apiVersion = 'apiextensions.k8s.io/v1';
  const ref = { apiVersion, resource: 'customresourcedefinitions', kind: 'CustomResourceDefinition', name };
  return unless('forbidden', client.get<Definition>(ref));
}

function knowsPercent({ spec }: Definition): boolean {
  const served = (spec?.versions ?? []).filter((version) => version.served !== false);
  return served.every(({ schema }) => {
    const fields = MIRROR_PATH.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], schema);
    return typeof fields === 'object' && fields !== null && 'percent' in fields;
  });
}
