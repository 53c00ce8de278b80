/** Which cluster a connection leads to: the uid of its namespace `kube-system`, which lives as long as the cluster (order rule 14). */
import type { KubeClient, Ref } from './client.ts';
import { isClusterError } from './errors.ts';

const KUBE_SYSTEM: Ref = { apiVersion: 'v1', resource: 'namespaces', kind: 'Namespace', name: 'kube-system' };

/** By connection. */
const known = new WeakMap<object, string>();

/** The cluster does not say which one it is; no rollout is safe with it. */
export class UnknownCluster extends Error {
  override readonly name = 'UnknownCluster';
}

/** One request for each connection, once it was answered. @throws ClusterError; UnknownCluster when it may not be read, or is not there */
export async function clusterUid(client: KubeClient): Promise<string> {
  const of = client.connection ?? client;
  const before = known.get(of);
  if (before !== undefined) return before;
  const uid = await read(client);
  known.set(of, uid);
  return uid;
}

async function read(client: KubeClient): Promise<string> {
  try {
    const uid = (await client.get(KUBE_SYSTEM))?.metadata.uid;
    if (uid !== undefined) return uid;
    throw new UnknownCluster('the cluster has no namespace kube-system, by whose uid it is known');
  } catch (error) {
    if (!isClusterError(error, 'forbidden')) throw error;
    const remedy = "bind Role sluice-cluster of deploy/rbac.yaml in namespace kube-system to Sluice's ServiceAccount";
    throw new UnknownCluster(`the namespace kube-system, by whose uid a cluster is known, may not be read; ${remedy}`);
  }
}
