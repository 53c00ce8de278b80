/** The default HTTP program of the lab: one process per container, started by the kubelet with LAB_PROGRAM set. */

import { join } from 'node:path';
import { serveMetrics } from '../mesh-metrics/server.ts';
import { answerer } from './app.ts';
import { AppState } from './app-state.ts';
import type { Control } from './control.ts';
import { AppServer, type SeenRequest } from './http-server.ts';
import { RequestLog } from './request-log.ts';
import { ENVOY_STATS_PORT, readSetup, SIDECAR_PORT } from './setup.ts';
import { DestinationMetrics, sidecarServer } from './sidecar.ts';

const setup = readSetup(process.env);
const state = new AppState(setup.behaviours, performance.now());
const log = new RequestLog(join(setup.dir, 'requests.log'));
const metrics = setup.peer ? new DestinationMetrics(setup.peer) : null;
const answer = answerer(setup, state);
let app = new AppServer(setup, answer, seen);

function seen(request: SeenRequest): void {
  metrics?.count(request);
  if (!request.probe) log.append(request);
}

function exit(code: number): void {
  log.close();
  process.exit(code);
}

function fail(error: Error): void {
  console.error(`${setup.container}: ${error.message}`);
  exit(1);
}

async function change(control: Control): Promise<void> {
  // Time for the answer to leave.
  if (control.crash) setTimeout(() => fail(new Error('told to crash by POST /control')), 10);
  const refusedBefore = state.refusing;
  state.apply(control);
  if (state.refusing === refusedBefore) return;
  if (state.refusing) {
    app.refuse();
    return;
  }
  // A Node server that was closed with open connections is replaced rather than opened again.
  app = new AppServer(setup, answer, seen);
  await app.listen().catch(fail);
}

process.once('SIGTERM', async () => {
  if (!setup.behaviours.abrupt) await app.drain(setup.drainMs);
  exit(0);
});

const { crashAfterMs, doneAfterMs } = setup.behaviours;
if (crashAfterMs !== null) setTimeout(() => fail(new Error('the image is told to crash')), crashAfterMs);
if (doneAfterMs !== null) setTimeout(() => exit(0), doneAfterMs);
if (metrics) await serveMetrics(ENVOY_STATS_PORT, () => metrics.render(), setup.address).catch(fail);
if (metrics) sidecarServer(state, metrics, change).once('error', fail).listen(SIDECAR_PORT, setup.address);
await app.listen().catch(fail);
console.log(`${setup.container}: ${setup.version} listens on ${setup.address}:${setup.port}`);
