/** Pod templates as values: what of them a revision is made of, and the same template under another identity. Pure. */

/** A pod template as it is on the wire. */
export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string>; [field: string]: unknown };
  spec: PodSpec;
}

interface PodContainer {
  name: string;
  image: string;
  [field: string]: unknown;
}

interface PodSpec {
  containers: PodContainer[];
  /** Those with `restartPolicy: Always` are sidecars. */
  initContainers?: PodContainer[];
  affinity?: unknown;
  topologySpreadConstraints?: unknown;
  [field: string]: unknown;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

type MapValues = (key: string, values: string[]) => string[];

/** Template annotation with the hash of the configuration it was written with; no part of the revision's template. */
export const CONFIG_ANNOTATION = 'sluice.dev/config';

/** Written by `kubectl rollout restart`: the same template, in new pods. */
const RESTARTED_ANNOTATION = 'kubectl.kubernetes.io/restartedAt';

/** Stands for "a pod of this side" where a selector inside the template names one. */
const OWN = '*';

/**
 * The part of a template that a revision is made of: without the labels that only tell one Deployment's pods from another's,
 * in its labels and in the selectors of affinity and topology spread, and without what we or the server note on it.
 * @param identityKeys keys of those labels
 */
export function revisionTemplate(template: PodTemplate, identityKeys: readonly string[]): PodTemplate {
  const { labels = {}, annotations = {}, creationTimestamp: _, ...rest } = template.metadata ?? {};
  const metadata = {
    ...rest,
    ...nonEmpty('labels', without(labels, identityKeys)),
    ...nonEmpty('annotations', without(annotations, [CONFIG_ANNOTATION, RESTARTED_ANNOTATION])),
  };
  const spec = mapSelectors(template.spec, (key, values) => (identityKeys.includes(key) ? [OWN] : values));
  return { metadata, spec };
}

/**
 * The same template for pods with other identity labels. Selectors in affinity and topology spread that name a pod of the
 * template's own kind name one of the new kind afterwards.
 */
export function withIdentity(template: PodTemplate, identity: Record<string, string>): PodTemplate {
  const own = template.metadata?.labels ?? {};
  const rename = (key: string, value: string) => (value === own[key] ? (identity[key] ?? value) : value);
  const metadata = { ...template.metadata, labels: { ...own, ...identity } };
  const spec = mapSelectors(template.spec, (key, values) => [...new Set(values.map((value) => rename(key, value)))]);
  return { ...template, metadata, spec };
}

/** Every container of a template, those that serve first. */
export function allContainers({ spec }: PodTemplate): PodContainer[] {
  return [...spec.containers, ...(spec.initContainers ?? [])];
}

/** The template with what `map` makes of each container, init containers too. */
export function mapContainers(template: PodTemplate, map: (one: PodContainer) => PodContainer): PodTemplate {
  const { spec } = template;
  const { containers, initContainers } = spec;
  const mapped = {
    containers: containers.map(map),
    ...(initContainers && { initContainers: initContainers.map(map) }),
  };
  return { ...template, spec: { ...spec, ...mapped } };
}

/** @returns whether labels satisfy a selector; an empty selector matches everything, an unknown operator nothing */
export function selects(selector: LabelSelector, labels: Record<string, string>): boolean {
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return exact && (selector.matchExpressions ?? []).every((expression) => satisfies(expression, labels));
}

function satisfies(
  { key, operator, values = [] }: { key: string; operator: string; values?: string[] },
  labels: Record<string, string>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** Rewrites the values of every label selector that picks pods in the spec. */
function mapSelectors({ affinity, topologySpreadConstraints, ...rest }: PodSpec, values: MapValues): PodSpec {
  return {
    ...rest,
    ...(affinity !== undefined && { affinity: mapWithin(affinity, values) }),
    ...(topologySpreadConstraints !== undefined && {
      topologySpreadConstraints: mapWithin(topologySpreadConstraints, values),
    }),
  };
}

function mapWithin(value: unknown, values: MapValues): unknown {
  if (Array.isArray(value)) return value.map((item) => mapWithin(item, values));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [
    key,
    key === 'labelSelector' && member ? mapSelector(member, values) : mapWithin(member, values),
  ]);
  return Object.fromEntries(members);
}

function mapSelector(selector: LabelSelector, map: MapValues): LabelSelector {
  const { matchLabels, matchExpressions } = selector;
  return {
    ...selector,
    ...(matchLabels && {
      matchLabels: Object.fromEntries(
        Object.entries(matchLabels).map(([key, value]) => [key, map(key, [value])[0] ?? value]),
      ),
    }),
    ...(matchExpressions && {
      matchExpressions: matchExpressions.map((expression) =>
        expression.values ? { ...expression, values: map(expression.key, expression.values) } : expression,
      ),
    }),
  };
}

function without(values: Record<string, string>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !keys.includes(key)));
}

function nonEmpty(name: string, values: Record<string, string>): Record<string, Record<string, string>> {
  return Object.keys(values).length > 0 ? { [name]: values } : {};
}
