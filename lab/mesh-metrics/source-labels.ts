import type { AccessLogEntry } from './access-log.ts';
import type { Peer } from './peer.ts';
import type { MeshLabels } from './series.ts';

type Service = MeshLabels['service'];

const UNKNOWN: Service = { host: 'unknown', name: 'unknown', namespace: 'unknown' };

/**
 * The series to which a source proxy counts a request.
 * @param peerAt who owns a pod address; null when nobody does
 */
export function sourceLabels(
  entry: AccessLogEntry,
  source: Peer,
  peerAt: (address: string) => Peer | null,
): MeshLabels {
  const address = entry.upstreamHost?.replace(/:\d+$/, '');
  return {
    reporter: 'source',
    source,
    destination: address ? peerAt(address) : null,
    service: serviceOf(entry),
    responseCode: entry.responseCode,
    responseFlags: entry.responseFlags,
    ...(entry.grpcStatus !== undefined && { grpcStatus: entry.grpcStatus }),
  };
}

function serviceOf({ upstreamCluster, authority }: AccessLogEntry): Service {
  // Istio ends the names of clusters in statistics with a semicolon, and the access log shows that name.
  const cluster = upstreamCluster?.replace(/;$/, '');
  if (!cluster) return UNKNOWN;
  if (cluster === 'PassthroughCluster' || cluster === 'BlackHoleCluster') {
    return { host: authority, name: cluster, namespace: 'unknown' };
  }
  const host = cluster.split('|')[3];
  if (!host) return UNKNOWN;
  const [name = host, namespace = 'unknown', kind] = host.split('.');
  return kind === 'svc' ? { host, name, namespace } : { host, name: host, namespace: 'unknown' };
}
