import { CliError } from '../../errors.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Session } from '../../session.ts';

/** Of a plan or a mirror. */
export interface ObjectName {
  namespace: string;
  name: string;
}

/** A DNS label or subdomain, as Kubernetes names are (RFC 1123). */
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/**
 * `name` or `namespace/name`. A bare name is looked for in `namespace`, by default "default".
 * @throws CliError 2 for anything else, with `remedy`
 */
export function objectName(
  text: string,
  namespace: string | undefined,
  kind: 'plan' | 'mirror' | 'Deployment',
  remedy: string,
): ObjectName {
  const parts = text.split('/');
  const [first = '', second] = parts;
  const found =
    second === undefined ? { namespace: namespace ?? 'default', name: first } : { namespace: first, name: second };
  if (parts.length > 2 || !NAME.test(found.name) || !NAME.test(found.namespace))
    throw new CliError(EXIT.usage, `"${text}" names no ${kind}`, remedy);
  if (namespace !== undefined && namespace !== found.namespace)
    throw new CliError(EXIT.usage, `"${text}" names the namespace ${found.namespace}, --namespace says ${namespace}`);
  return found;
}

/** Runs `work`; that nothing of that name ever ran becomes an answer with the next command. */
export async function orNotFound(
  { settings: { cluster } }: Session,
  kind: 'plan' | 'mirror',
  { namespace, name }: ObjectName,
  work: () => Promise<ExitCode>,
): Promise<ExitCode> {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    const [what, list] = kind === 'plan' ? ['rollout of', 'sluice list'] : ['mirror', 'sluice mirror list'];
    throw new CliError(
      EXIT.notFound,
      `no ${what} ${namespace}/${name} on cluster ${cluster}`,
      `What there is: ${list}. Another namespace: -n NAME, another cluster: --cluster NAME.`,
    );
  }
}
