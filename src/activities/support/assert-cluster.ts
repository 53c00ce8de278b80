import type { InCluster } from '../../contract/detected.ts';

/** It was detected in another cluster than the worker serves; tried again, it may reach a worker of the right one. */
class OtherCluster extends Error {
  override readonly name = 'OtherCluster';
}

/** @param uid of the worker's cluster  @throws OtherCluster for input of another one */
export function assertCluster(uid: string, { clusterUid }: Partial<InCluster>): void {
  if (clusterUid === undefined || clusterUid === uid) return;
  throw new OtherCluster(
    `this belongs to the cluster with uid ${clusterUid}, and this worker serves ${uid}: two clusters are served under one name; give the workers of one of them another --cluster`,
  );
}
