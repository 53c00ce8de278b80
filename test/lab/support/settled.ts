import { setTimeout as sleep } from 'node:timers/promises';

/** The proxies of a busy lab follow a stored route within this, in ms. How soon they do on a quiet one is for the benches to say. */
export const SETTLED_MS = 5_000;

/** Users go on for long enough that some of them come when the route is followed everywhere. */
export async function usersSettle(): Promise<void> {
  await sleep(SETTLED_MS + 1_000);
}
