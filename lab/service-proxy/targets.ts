/** Which pods a Service's EndpointSlices lead to. Format: discovery.k8s.io/v1. Pure. */
export interface EndpointSliceObject {
  metadata: { name: string };
  ports?: { name?: string; port?: number }[] | null;
  endpoints?: { addresses: string[]; conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean } }[];
}

/** Where one connection may go. */
export interface ProxyTarget {
  host: string;
  port: number;
}

/** Those that are ready; where none is, those that still serve while they end, as kube-proxy does. */
export function targetsOf(slices: EndpointSliceObject[], portName: string): ProxyTarget[] {
  const all = slices.flatMap(({ ports, endpoints = [] }) => {
    const port = ports?.find(({ name = '' }) => name === portName)?.port;
    return port === undefined
      ? []
      : endpoints.flatMap(({ addresses: [host], conditions = {} }) => (host ? [{ host, port, conditions }] : []));
  });
  const ready = all.filter(({ conditions }) => conditions.ready !== false);
  const ending = all.filter(({ conditions: { serving, terminating } }) => serving && terminating);
  return (ready.length > 0 ? ready : ending).map(({ host, port }) => ({ host, port }));
}
