/** Where a pod reports what reached it. */
export const POD_METRICS_PORT = 15020;

/** Where pod-metrics answers for all pods. */
export const PODS_ADDRESS = '127.0.0.1:15022';

/** Where the kubelet reports what the Envoys saw. */
const SOURCES_ADDRESS = '127.0.0.1:15021';

/** Prometheus' configuration: one scrape a second, so that short intervals in tests hold enough samples. */
export const SCRAPE_CONFIG = {
  global: { scrape_interval: '1s', scrape_timeout: '900ms', evaluation_interval: '1s' },
  scrape_configs: [
    { job_name: 'pods', honor_labels: true, static_configs: [{ targets: [PODS_ADDRESS] }] },
    { job_name: 'sources', honor_labels: true, static_configs: [{ targets: [SOURCES_ADDRESS] }] },
  ],
};
