/** Watches everything that the oracles judge, from before the first request to after the last. */
import type { KubeObject } from '../../src/kubernetes/client/client.ts';
import { connect } from '../../src/kubernetes/index.ts';
import { deploymentRef } from '../../src/kubernetes/objects/refs.ts';
import { lab } from '../support/lab/cluster.ts';
import { type Recording, record } from '../support/lab/record.ts';
import type { Recorded } from '../support/order.ts';
import type { ReadyBySide } from './oracles/index.ts';

export interface ClusterRecording {
  routes: Recorded<KubeObject>[];
  primary: Recorded<KubeObject>[];
  canary: Recorded<KubeObject>[];
  endpoints: Recorded<ReadyBySide>[];
  stop(): void;
}

/** Of the `reviews` application. */
export function recordCluster(namespace: string): ClusterRecording {
  const whole = (object: KubeObject) => object;
  const route = {
    apiVersion: 'networking.istio.io/v1',
    resource: 'virtualservices',
    kind: 'VirtualService',
    namespace,
    name: 'reviews',
  };
  const routes = record(route, whole);
  const primary = record(deploymentRef(namespace, 'reviews-v1'), whole);
  const canary = record(deploymentRef(namespace, 'reviews-v2'), whole);
  const endpoints = recordEndpoints(namespace);
  const all = [routes, primary, canary, endpoints];
  return {
    routes: routes.seen,
    primary: primary.seen,
    canary: canary.seen,
    endpoints: endpoints.seen,
    stop: () => {
      for (const one of all) one.stop();
    },
  };
}

interface EndpointSlice extends KubeObject {
  endpoints?: { conditions?: { ready?: boolean }; targetRef?: { name: string } }[];
}

/** Ready endpoints of the Service, by the Deployment that their pods are of. */
function recordEndpoints(namespace: string): Recording<ReadyBySide> {
  const ended = new AbortController();
  const seen: Recorded<ReadyBySide>[] = [];
  const follow = async () => {
    const ref = { apiVersion: 'discovery.k8s.io/v1', resource: 'endpointslices', kind: 'EndpointSlice', namespace };
    const client = connect({ kubeconfig: lab.kubeconfig });
    for await (const slices of client.followAll<EndpointSlice>(ref, {}, ended.signal)) {
      seen.push({ at: Date.now(), value: count(slices) });
    }
  };
  follow().catch((error) => {
    if (!ended.signal.aborted) throw error;
  });
  return { seen, stop: () => ended.abort() };
}

function count(slices: readonly EndpointSlice[]): ReadyBySide {
  const ready = slices.flatMap(({ endpoints }) => (endpoints ?? []).filter(({ conditions }) => conditions?.ready));
  const of = (deployment: string) =>
    new Set(ready.flatMap(({ targetRef }) => (targetRef?.name.startsWith(`${deployment}-`) ? [targetRef.name] : [])))
      .size;
  return { primary: of('reviews-v1'), canary: of('reviews-v2') };
}
