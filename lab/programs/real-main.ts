/**
 * A real program and the sidecar before it, one process per container, started by the kubelet with LAB_PROGRAM set. What the
 * program prints is the container's log; the sidecar prints nothing but why it cannot go on.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { serveMetrics } from '../mesh-metrics/server.ts';
import { forwarder } from './forward.ts';
import { AppServer, type SeenRequest } from './http-server.ts';
import { RequestLog } from './request-log.ts';
import { ENVOY_STATS_PORT, type RealSetup, readSetup, SIDECAR_PORT } from './setup.ts';
import { DestinationMetrics } from './sidecar.ts';

const { LAB_PROGRAM, ...env } = process.env;
const setup = readSetup<RealSetup>({ LAB_PROGRAM });
const log = new RequestLog(join(setup.dir, 'requests.log'));
const metrics = setup.peer ? new DestinationMetrics(setup.peer) : null;

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
  exit(127);
}

const ports = setup.ports.map((port) => {
  const { address, upstream } = setup;
  return new AppServer({ address, port }, forwarder(upstream, port), seen);
});
for (const port of metrics ? [SIDECAR_PORT, ENVOY_STATS_PORT] : [])
  await serveMetrics(port, () => metrics?.render() ?? '', setup.address).catch(fail);
await Promise.all(ports.map((port) => port.listen())).catch(fail);

// It dies with us, however we die.
const [command = '', ...args] = setup.argv;
const program = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], { env, cwd: setup.dir, stdio: 'inherit' });
program.once('error', fail);
program.once('exit', (code, signal) => exit(signal ? 128 + constants.signals[signal] : (code ?? 1)));

process.once('SIGTERM', async () => {
  await Promise.all(ports.map((port) => port.drain(setup.drainMs)));
  program.kill('SIGTERM');
});
