import type { Container, EnvVar, KubeletPod } from './types.ts';

/** Reads a ConfigMap's or Secret's values, decoded; null when it does not exist. */
export type ReadValues = (
  kind: 'configmap' | 'secret',
  namespace: string,
  name: string,
) => Promise<Record<string, string> | null>;

/** The container cannot be made because of its configuration: state waiting, reason CreateContainerConfigError. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * A container's environment, with references resolved now, as at each start of a real container.
 * @throws ConfigError when a reference that is not optional leads nowhere
 */
export async function resolveEnvironment(
  pod: KubeletPod,
  container: Container,
  address: string,
  read: ReadValues,
): Promise<Record<string, string>> {
  const namespace = pod.metadata.namespace;
  const env: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const ref = configMapRef ?? secretRef;
    if (!ref) continue;
    const kind = configMapRef ? 'configmap' : 'secret';
    const values = await read(kind, namespace, ref.name);
    if (!values && !ref.optional) throw new ConfigError(`${kind} "${ref.name}" not found`);
    for (const [key, value] of Object.entries(values ?? {})) env[prefix + key] = value;
  }
  for (const variable of container.env ?? []) {
    const value = await variableValue(variable, pod, address, read, env);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

async function variableValue(
  { value, valueFrom }: EnvVar,
  pod: KubeletPod,
  address: string,
  read: ReadValues,
  earlier: Record<string, string>,
): Promise<string | undefined> {
  if (!valueFrom) return expand(value ?? '', earlier);
  if (valueFrom.fieldRef) return fieldOf(valueFrom.fieldRef.fieldPath, pod, address);
  const ref = valueFrom.configMapKeyRef ?? valueFrom.secretKeyRef;
  if (!ref) return undefined;
  const kind = valueFrom.configMapKeyRef ? 'configmap' : 'secret';
  const values = await read(kind, pod.metadata.namespace, ref.name);
  const found = values?.[ref.key];
  if (found !== undefined || ref.optional) return found;
  throw new ConfigError(
    values ? `couldn't find key ${ref.key} in ${kind} ${ref.name}` : `${kind} "${ref.name}" not found`,
  );
}

/** `$(NAME)` is replaced by an earlier variable; an unknown one stays as it is. */
export function expand(value: string, earlier: Record<string, string>): string {
  return value.replace(/\$\(([\w.-]+)\)/g, (whole, name: string) => earlier[name] ?? whole);
}

function fieldOf(path: string, pod: KubeletPod, address: string): string {
  const map = path.match(/^metadata\.(labels|annotations)\['(.+)'\]$/);
  if (map) return pod.metadata[map[1] as 'labels' | 'annotations']?.[map[2] as string] ?? '';
  const fields: Record<string, string | undefined> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec.nodeName,
    'status.podIP': address,
  };
  const value = fields[path];
  if (value === undefined) throw new ConfigError(`the lab's kubelet does not know fieldPath ${path}`);
  return value;
}
