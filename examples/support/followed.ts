import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 50;
const LONGEST_MS = 3_000;
/** From a new route table to its use. */
const SETTLE_MS = 200;

/** Writes routes and waits until an Envoy took new configuration, at most three seconds. @param admin its admin page */
export async function followed(admin: string, signal: AbortSignal, write: () => Promise<unknown>): Promise<void> {
  const before = await configurations(admin, signal);
  await write();
  const end = Date.now() + LONGEST_MS;
  while ((await configurations(admin, signal)) === before && Date.now() < end) {
    await sleep(LOOK_MS, undefined, { signal });
  }
  await sleep(SETTLE_MS, undefined, { signal });
}

/** Counters of listeners, clusters and routes taken, as one text. */
async function configurations(admin: string, signal: AbortSignal): Promise<string> {
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(2_000)]);
  const response = await fetch(
    `${admin}/stats?filter=${encodeURIComponent('rds.*config_reload$|listener_create_success')}`,
    {
      signal: timeout,
    },
  );
  return response.text();
}
