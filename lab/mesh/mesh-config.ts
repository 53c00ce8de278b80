/** Fields of the access log by name; the values are Envoy's command operators. lab/mesh-metrics counts from these lines. */
export const ACCESS_LOG_FORMAT = {
  start_time: '%START_TIME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  authority: '%REQ(:AUTHORITY)%',
  protocol: '%PROTOCOL%',
  response_code: '%RESPONSE_CODE%',
  response_code_details: '%RESPONSE_CODE_DETAILS%',
  response_flags: '%RESPONSE_FLAGS%',
  duration: '%DURATION%',
  bytes_received: '%BYTES_RECEIVED%',
  bytes_sent: '%BYTES_SENT%',
  content_type: '%REQ(CONTENT-TYPE)%',
  grpc_status: '%GRPC_STATUS_NUMBER%',
  upstream_cluster: '%UPSTREAM_CLUSTER_RAW%',
  upstream_host: '%UPSTREAM_HOST%',
  route_name: '%ROUTE_NAME%',
  probe_id: '%REQ(X-PROBE-ID)%',
} as const;

/** istio.mesh.v1alpha1.MeshConfig as YAML. */
export const MESH_CONFIG = {
  enableAutoMtls: false,
  ingressControllerMode: 'OFF',
  outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
  accessLogFile: '/dev/stdout',
  accessLogEncoding: 'JSON',
  accessLogFormat: JSON.stringify(ACCESS_LOG_FORMAT),
};
