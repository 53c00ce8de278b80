/** What an orchestrator asks, on a port of its own: it is answered whatever comes to the other one. */
import type { Client } from '@temporalio/client';
import { Hono } from 'hono';
import { KNOWN_MS, remembered } from './remembered.ts';

const TIMEOUT_MS = 2_000;

/** `/healthz`: the process runs. `/readyz`: Temporal answers it. */
export function healthApp(temporal: Client, clock = Date.now): Hono {
  const ready = remembered(() => answers(temporal), clock);
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    if (await ready()) return c.json({ status: 'ok' });
    c.header('retry-after', String(KNOWN_MS / 1000));
    const remedy = 'check the Temporal address and that the server runs';
    return c.json({ error: { code: 'temporal-unreachable', message: 'Temporal does not answer', remedy } }, 503);
  });
  return app;
}

async function answers(temporal: Client): Promise<boolean> {
  const asked = temporal.withDeadline(Date.now() + TIMEOUT_MS, () => temporal.workflowService.getSystemInfo({}));
  return asked.then(
    () => true,
    () => false,
  );
}
