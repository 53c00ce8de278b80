/** `/metrics`, on a port of its own: nothing is computed before somebody asks, and no more often than every 5 s. */
import { Gauge, type Registry } from '@prometheus-io/client';
import { Hono } from 'hono';
import { type HttpListener, listen } from '../server/listener.ts';
import { remembered } from '../server/remembered.ts';
import { packageVersion } from '../worker/maker.ts';

/** Where `/metrics` is answered; port 0 takes a free one. */
export interface MetricsAddress {
  host: string;
  port: number;
}

/** What a process tells of itself. */
export interface Telemetry {
  registry: Registry;
  /** Computes what is not counted as it happens; never fails. */
  look?(): Promise<void>;
}

export function metricsApp(telemetry: Telemetry, clock = Date.now): Hono {
  const { registry } = telemetry;
  const page = remembered(async () => {
    await telemetry.look?.();
    return registry.metrics();
  }, clock);
  const app = new Hono();
  app.get('/metrics', async (c) => c.body(await page(), 200, { 'content-type': registry.contentType }));
  return app;
}

/** @throws when the port is taken */
export function serveMetrics(telemetry: Telemetry, address: MetricsAddress): Promise<HttpListener> {
  return listen(metricsApp(telemetry), address);
}

/** Every process has it, so that a graph can say when which version came. */
export function buildInfo(registry: Registry): void {
  const help = 'Always 1: which version of Sluice this is.';
  new Gauge({ name: 'sluice_build_info', help, labelNames: ['version'], registers: [registry] }).set(
    { version: packageVersion() },
    1,
  );
}
