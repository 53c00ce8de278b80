import type { RouteIntent } from '../contract/intent.ts';

/** Requests that the canary should have got before their absence says something: by chance it happens once in 10^8. */
const EXPECTED = 20;

/**
 * Whether the callers' proxies do not route what is asked: they sent nothing to the canary where at least 20 requests were due.
 * More cannot be said from shares, as routes of others may lead to the primary too.
 * @param sent requests that the sources sent to each side
 * @returns one sentence; undefined when the share is possible, or nothing was asked
 */
export function notRouted(intent: RouteIntent, sent: { primary: number; canary: number }): string | undefined {
  const total = sent.primary + sent.canary;
  if (sent.canary > 0 || (total * intent.canary) / 100 < EXPECTED) return undefined;
  return `the callers' proxies sent none of ${total} requests to the canary, where ${intent.canary} % are asked for: the route is not in force`;
}
