/**
 * Prometheus and what it scrapes. The Debian build has no Kubernetes discovery, and any discovery needs up to ten
 * seconds to notice a pod; so one process follows the pods and answers for all of them (pod-metrics.ts).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { expectOk } from '../host/http-check.ts';
import type { Part } from '../host/part.ts';
import { type LabState, stateFile } from '../host/state.ts';
import { PODS_ADDRESS, SCRAPE_CONFIG } from './scrape-config.ts';

export const podMetrics: Part = {
  name: 'pod-metrics',
  needs: ['apiserver'],
  about: 'metrics of all pods',
  address: () => `http://${PODS_ADDRESS}/metrics`,
  command: (state) => ({ argv: [process.execPath, join(import.meta.dirname, 'pod-metrics.ts'), stateFile(state.dir)] }),
  check: (_state, signal) => expectOk(`http://${PODS_ADDRESS}/metrics`, signal),
};

export const prometheus: Part = {
  name: 'prometheus',
  needs: [],
  about: 'Prometheus',
  address: (state) => state.prometheus,
  async prepare(state) {
    writeFileSync(configFile(state), stringify(SCRAPE_CONFIG));
  },
  command: (state) => ({
    argv: [
      state.bin.prometheus ?? 'prometheus',
      `--config.file=${configFile(state)}`,
      `--storage.tsdb.path=${join(state.dir, 'prometheus')}`,
      '--storage.tsdb.retention.time=6h',
      '--web.listen-address=127.0.0.1:9090',
      '--web.enable-lifecycle',
      '--log.level=warn',
    ],
  }),
  check: (state, signal) => expectOk(`${state.prometheus}/-/ready`, signal),
};

function configFile(state: LabState): string {
  return join(state.dir, 'prometheus.yaml');
}
