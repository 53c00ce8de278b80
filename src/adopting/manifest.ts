import type { WorkloadSource } from './found.ts';
import type { AdoptStep } from './steps.ts';

/** Written by servers and tools, not by people. */
export const WRITTEN =
  /^(([a-z]+\.)?sluice\.dev\/|kubectl\.kubernetes\.io\/last-applied|deployment\.kubernetes\.io\/revision|rollout\.argoproj\.io\/)/;

/** What Git would have: nothing of the server's, and no claims. */
export function manifestOf({ ref, object, adds }: AdoptStep, source: WorkloadSource | undefined): object {
  const { labels, annotations = {} } = object.metadata;
  const { apiVersion, kind, namespace, name } = ref;
  const kept = Object.entries(annotations).filter(([key]) => !WRITTEN.test(key));
  const metadata = { name, namespace, labels, ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }) };
  const { replicas, clusterIP, clusterIPs, ...rest } = object.spec as Record<string, unknown>;
  // the size of a canary that is Git's is written by rollouts
  const hasSize = replicas !== undefined && (adds || source !== 'canary');
  const headless = clusterIP === 'None' && { clusterIP, clusterIPs };
  return { apiVersion, kind, metadata, spec: { ...(hasSize && { replicas }), ...headless, ...rest } };
}
