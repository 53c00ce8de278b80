import type { WorkloadSource } from './found.ts';
import type { AdoptStep } from './steps.ts';

/** What somebody would have written: nothing of the server's, and no claims. */
export function manifestOf({ ref, object, adds }: AdoptStep, source: WorkloadSource | undefined): object {
  const { labels, annotations = {} } = object.metadata;
  const { apiVersion, kind, namespace, name } = ref;
  const kept = Object.entries(annotations).filter(([key]) => !/(^|\.)(sluice\.dev|kubernetes\.io)\//.test(key));
  const metadata = {
    name,
    namespace,
    ...(labels && { labels }),
    ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }),
  };
  const { replicas, ...rest } = object.spec as { replicas?: number };
  // the size of a canary that is Git's is written by rollouts
  const sized = adds || source !== 'canary' ? { ...(replicas !== undefined && { replicas }), ...rest } : rest;
  return { apiVersion, kind, metadata, spec: sized };
}
