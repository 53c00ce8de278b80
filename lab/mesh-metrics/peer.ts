/** One end of a request as Istio's metrics describe it. */
export interface Peer {
  /** Deployment, StatefulSet, Job … or the pod's own name. */
  workload: string;
  namespace: string;
  /** Label `app`, or `unknown`. */
  app: string;
  /** Label `version`, or `unknown`. */
  version: string;
  /** Name of the Service by which the pod is reached: label `app`, or the workload. */
  service: string;
  canonicalService: string;
  canonicalRevision: string;
}

/** The part of a Pod that says who it is in the mesh. */
export interface PeerPod {
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; controller?: boolean }[];
  };
}

/**
 * Who a pod is in the mesh, by Istio's rules for workload names and canonical services.
 * Source: istio.io/docs/reference/config/metrics and pkg/kube `GetWorkloadMetaFromPod`.
 */
export function describePeer(pod: PeerPod): Peer {
  const labels = pod.metadata.labels ?? {};
  const workload = workloadName(pod);
  return {
    workload,
    namespace: pod.metadata.namespace,
    app: labels.app ?? 'unknown',
    version: labels.version ?? 'unknown',
    service: labels.app ?? workload,
    canonicalService:
      labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels.app ?? workload,
    canonicalRevision:
      labels['service.istio.io/canonical-revision'] ??
      labels['app.kubernetes.io/version'] ??
      labels.version ??
      'latest',
  };
}

function workloadName(pod: PeerPod): string {
  const labels = pod.metadata.labels ?? {};
  // The ingress gateway of an Istio installation, which the lab runs as a bare pod.
  if (labels.istio === 'ingressgateway') return 'istio-ingressgateway';
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller);
  if (!owner) return pod.metadata.name;
  const hash = labels['pod-template-hash'];
  return owner.kind === 'ReplicaSet' && hash && owner.name.endsWith(`-${hash}`)
    ? owner.name.slice(0, -hash.length - 1)
    : owner.name;
}
