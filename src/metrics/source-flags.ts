/** Envoy's response flags on failures that only a source saw. Source: envoyproxy.io, "Access logging", RESPONSE_FLAGS. */

/** No pod got the request: no healthy upstream, connection failure, overflow, no route, no cluster. */
const NEVER_ARRIVED = new Set(['UH', 'UF', 'UO', 'NR', 'NC']);
/** A pod may have counted it: connection termination, remote or local reset, timeouts, retries used up. */
const LOST = new Set(['UC', 'UR', 'LR', 'UT', 'SI', 'DT', 'URX']);

export type SourceFailure = 'neverArrived' | 'lostOnTheWay' | 'answered';

/**
 * What kind of failure a source counted; undefined when it was none.
 * @param code response code; 0: no answer
 * @param flags separated by commas, `-` for none
 */
export function classifyFailure(code: number, flags: string): SourceFailure | undefined {
  if (code !== 0 && code < 500) return undefined;
  const list = flags.split(',');
  if (list.some((flag) => NEVER_ARRIVED.has(flag))) return 'neverArrived';
  return code === 0 || list.some((flag) => LOST.has(flag)) ? 'lostOnTheWay' : 'answered';
}
