/** Envoy bootstrap files (envoy.config.bootstrap.v3.Bootstrap), what istio-agent would write in a real pod. */

export interface EnvoyIdentity {
  /** `router`: a gateway. `sidecar`: beside a workload. */
  type: 'router' | 'sidecar';
  pod: string;
  namespace: string;
  ip: string;
  labels: Record<string, string>;
  adminPort: number;
}

export function bootstrap(envoy: EnvoyIdentity): object {
  return {
    node: {
      id: `${envoy.type}~${envoy.ip}~${envoy.pod}.${envoy.namespace}~${envoy.namespace}.svc.cluster.local`,
      cluster: `${envoy.pod}.${envoy.namespace}`,
      metadata: {
        NAMESPACE: envoy.namespace,
        CLUSTER_ID: 'Kubernetes',
        ISTIO_VERSION: '1.31.0',
        INSTANCE_IPS: envoy.ip,
        LABELS: envoy.labels,
        // no iptables here: listeners bind their own ports
        ...(envoy.type === 'sidecar' ? { INTERCEPTION_MODE: 'NONE' } : {}),
      },
    },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: envoy.adminPort } } },
    stats_config: { use_all_default_tags: false, stats_tags: STATS_TAGS },
    dynamic_resources: {
      ads_config: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
      },
      lds_config: OVER_ADS,
      cds_config: OVER_ADS,
    },
    static_resources: { clusters: [ISTIOD_CLUSTER] },
  };
}

/** Istio ends cluster names in stats with a semicolon. */
const STATS_TAGS = [
  { tag_name: 'cluster_name', regex: '^cluster(\\.(.+);)' },
  { tag_name: 'response_code', regex: '_rq(_(\\d{3}))$' },
  { tag_name: 'response_code_class', regex: '_rq(_(\\dxx))$' },
];

const OVER_ADS = { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' };

const HTTP2 = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

const ISTIOD_CLUSTER = {
  name: 'xds-grpc',
  type: 'STATIC',
  connect_timeout: '1s',
  typed_extension_protocol_options: {
    [HTTP2]: { '@type': `type.googleapis.com/${HTTP2}`, explicit_http_config: { http2_protocol_options: {} } },
  },
  load_assignment: {
    cluster_name: 'xds-grpc',
    endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress('127.0.0.1', 15010) } }] }],
  },
};

function socketAddress(address: string, port: number): object {
  return { socket_address: { address, port_value: port } };
}
