/** What was stored in the cluster over time, for the oracles of `order.ts`. */
import type { KubeObject, Ref } from '../../../src/kubernetes/client/client.ts';
import { connect } from '../../../src/kubernetes/index.ts';
import { deploymentRef } from '../../../src/kubernetes/objects/refs.ts';
import type { Recorded } from '../order.ts';
import { lab } from './cluster.ts';

export interface Recording<T> {
  seen: Recorded<T>[];
  stop: () => void;
}

/** Every stored version of an object from now on; none is missed. */
export function record<T>(ref: Ref, read: (object: KubeObject) => T): Recording<T> {
  const ended = new AbortController();
  const seen: Recorded<T>[] = [];
  const follow = async () => {
    for await (const object of connect({ kubeconfig: lab.kubeconfig }).follow(ref, ended.signal)) {
      if (object) seen.push({ at: Date.now(), value: read(object) });
    }
  };
  follow().catch((error) => {
    if (!ended.signal.aborted) throw error;
  });
  return { seen, stop: () => ended.abort() };
}

/** Ready pods of a Deployment over time; 0 while it does not exist. */
export function recordReady(namespace: string, name: string): Recording<number> {
  return record(deploymentRef(namespace, name), ({ status }) => {
    return (status as { readyReplicas?: number } | undefined)?.readyReplicas ?? 0;
  });
}
