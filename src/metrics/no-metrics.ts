import { HELPER, HELPERS } from './helper-series.ts';
import type { PrometheusClient } from './prometheus.ts';

/** Of a plan whose checks need no metrics: it knows the time and nothing else. */
export const NO_METRICS: PrometheusClient = {
  async query() {
    const timeMs = Date.now();
    return { ok: true, samples: [{ labels: { [HELPER]: HELPERS.clock }, timeMs, value: timeMs / 1_000 }] };
  },
  queryRange: async () => ({ ok: true, series: [] }),
};
