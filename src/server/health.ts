/** What an orchestrator asks, on a port of its own: it is answered whatever comes to the other one. */
import type { Client } from '@temporalio/client';
import { Hono } from 'hono';

const TIMEOUT_MS = 2_000;
/** An answer of Temporal holds for as long, whoever asks how often. */
const KNOWN_MS = 5_000;

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

/** Asks once for all who want to know meanwhile, and not again for 5 s. */
function remembered(ask: () => Promise<boolean>, clock: () => number): () => Promise<boolean> {
  let known: { until: number; answer: Promise<boolean> } = { until: 0, answer: Promise.resolve(false) };
  return () => {
    if (clock() >= known.until) known = { until: clock() + KNOWN_MS, answer: ask() };
    return known.answer;
  };
}

async function answers(temporal: Client): Promise<boolean> {
  const asked = temporal.withDeadline(Date.now() + TIMEOUT_MS, () => temporal.workflowService.getSystemInfo({}));
  return asked.then(
    () => true,
    () => false,
  );
}
