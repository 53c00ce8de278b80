/** `node lab/kubelet/main.ts --state FILE`: runs the pods of a lab until SIGTERM or SIGINT. */

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { serveMetrics } from '../mesh-metrics/index.ts';
import { KubeApi } from './api.ts';
import { Kubelet } from './kubelet.ts';

/** Where Prometheus scrapes the source's series, on 127.0.0.1. */
const MESH_METRICS_PORT = 15021;

interface State {
  dir: string;
  kubeconfig: string;
  node: string;
  bin: { envoy: string; httpbin: string };
}

function readState(): State {
  const { values } = parseArgs({ options: { state: { type: 'string' } } });
  if (!values.state) throw new Error('--state FILE is missing: the state file of the lab');
  const state = JSON.parse(readFileSync(values.state, 'utf8')) as Partial<State>;
  const { dir, kubeconfig, node = 'lab-0', bin } = state;
  if (!dir || !kubeconfig || !bin?.envoy || !bin.httpbin) {
    throw new Error(`${values.state} needs dir, kubeconfig, bin.envoy and bin.httpbin`);
  }
  return { dir, kubeconfig, node, bin };
}

const state = readState();
const api = new KubeApi(state.kubeconfig);
const { envoy, httpbin } = state.bin;
const kubelet = new Kubelet({ api, node: state.node, places: { dir: state.dir, envoy, httpbin } });
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

const metrics = await serveMetrics(MESH_METRICS_PORT, () => kubelet.mesh.render());
console.log(`kubelet of node ${state.node} runs, mesh metrics on 127.0.0.1:${MESH_METRICS_PORT}`);
await kubelet.run(stop.signal);
await api.close();
metrics.close();
process.exit(0);
