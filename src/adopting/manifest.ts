import { ownAnnotations } from '../importing/index.ts';
import type { WorkloadSource } from './found.ts';
import type { AdoptStep } from './steps.ts';

/** What Git would have: nothing of the server's, and no claims. */
export function manifestOf({ ref, object, adds }: AdoptStep, source: WorkloadSource | undefined): object {
  const { labels } = object.metadata;
  const { apiVersion, kind, namespace, name } = ref;
  const annotations = ownAnnotations(object.metadata.annotations);
  const metadata = { name, namespace, labels, ...(annotations && { annotations }) };
  const { replicas, clusterIP, clusterIPs, ...rest } = object.spec as Record<string, unknown>;
  // the size of a canary that is Git's is written by rollouts
  const hasSize = replicas !== undefined && (adds || source !== 'canary');
  const headless = clusterIP === 'None' && { clusterIP, clusterIPs };
  return { apiVersion, kind, metadata, spec: { ...(hasSize && { replicas }), ...headless, ...rest } };
}
