/** What a story of the demo is played on: the app with its users, Sluice's server and worker, and somebody who notes the route. */
import { join } from 'node:path';
import { type Prober, startProber } from '../prober/index.ts';
import { heading, RouteLog, Sluice, type Teller } from '../story/index.ts';
import { HOST, NAMESPACE, startApp } from './app.ts';

/** Requests of users a second. */
export const RATE = 100;

export interface Scene {
  sluice: Sluice;
  routes: RouteLog;
  /** Aborts on Ctrl-C and when a process that the story needs has ended. */
  signal: AbortSignal;
  /** Questions are part of the story: they do not end the watching. Default false. */
  patient?: boolean;
}

/** @param plans folder of the server  @param name of the file of users' requests */
export async function openScene(
  { lab, watch, signal }: Teller,
  started: number,
  { plans, name }: { plans: string; name: string },
): Promise<Scene & { prober: Prober }> {
  const sluice = new Sluice(lab, watch);
  heading(started, 'reviews:v1, two pods behind the gateway; sluice server and worker');
  await Promise.all([startApp(lab, signal), sluice.startServer(plans, signal), sluice.startWorker(signal)]);
  const routes = new RouteLog(lab, NAMESPACE, 'reviews');
  const out = join(lab.dir, 'probes', `${name}.jsonl`);
  const prober = startProber({ url: `${lab.gateway}/`, host: HOST, rate: RATE, out });
  prober.ended.catch((error: Error) => watch.report(error));
  return { sluice, routes, signal, prober };
}

/** Whatever became of the story. */
export async function closeScene({ routes, prober }: { routes: RouteLog; prober: Prober }): Promise<void> {
  routes.stop();
  await prober.stop().catch(() => undefined);
}
