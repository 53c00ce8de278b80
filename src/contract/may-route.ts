/**
 * Whether an intent may be written over what a route says: decided here and nowhere else, inside the guarded write, for every writer
 * (order rule 12).
 */
import { matchesMore, type RouteIntent } from './intent.ts';
import { plural } from './words.ts';

export interface Carriers {
  /** Ready pods of each side now. */
  primary: number;
  canary: number;
  /** Canary pods of another template than the tested one are there, or on their way. Default false. */
  replaced?: boolean;
}

export interface CanaryNeeds {
  /** Ready canary pods that the intent's share needs. */
  replicas: number;
  /** It has passed an interval with live traffic: it may take over from a primary that is dead. */
  proven: boolean;
}

/**
 * What lowers the canary's share is never refused for the canary's sake.
 *
 * @param there what the route says; undefined: its rules cannot be read as one intent
 * @returns why not, one sentence without its end; undefined when it may
 */
export function mayRoute(
  intent: RouteIntent,
  there: RouteIntent | undefined,
  ready: Carriers,
  needs: CanaryNeeds,
): string | undefined {
  const users = intent.canary > (there?.canary ?? 0) || matchesMore(intent, there);
  const copies = intent.mirror > (there?.mirror ?? 0);
  if (users || copies) {
    if (ready.replaced)
      return 'the canary has another template than the one that was tested, so nobody is routed to it';
    if (ready.canary === 0) return 'the canary has no ready pod, so nobody is routed to it';
    if (ready.canary < needs.replicas)
      return `the canary has ${plural(ready.canary, 'ready pod')} and needs ${needs.replicas} for its share`;
  }
  if (users && ready.primary === 0 && !needs.proven)
    return 'the primary has no ready pod, and the canary has not passed an interval with live traffic yet';
  const back =
    intent.primary > (there?.primary ?? 0) ||
    (intent.canary < 100 && there !== undefined && matchesMore(there, intent));
  if (back && ready.primary === 0) return 'the primary has no ready pod, so nobody is routed to it';
  return undefined;
}
