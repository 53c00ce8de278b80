/** ReplicaSets: which one is the Deployment's current one. */
import type { KubeClient, KubeObject } from '../client/client.ts';
import { type Deployment, selectorText } from './deployments.ts';
import { replicaSetRef } from './refs.ts';

/** The controller's counter; the same on a Deployment and its newest ReplicaSet. */
const COUNTER = 'deployment.kubernetes.io/revision';
const HASH_LABEL = 'pod-template-hash';

/** @returns the label `pod-template-hash` of the pods of the Deployment's newest template; undefined until it has pods */
export async function currentPodHash(client: KubeClient, { metadata, spec }: Deployment): Promise<string | undefined> {
  const ref = replicaSetRef(metadata.namespace ?? '');
  const all = await client.list<KubeObject>(ref, { labelSelector: selectorText(spec.selector) });
  const own = all.filter((one) => one.metadata.ownerReferences?.some((owner) => owner.uid === metadata.uid));
  const current = own.find((one) => one.metadata.annotations?.[COUNTER] === metadata.annotations?.[COUNTER]);
  return current?.metadata.labels?.[HASH_LABEL];
}
