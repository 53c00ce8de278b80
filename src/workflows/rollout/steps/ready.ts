/** Waits for ready pods, in slices of five minutes. */
import type { ReadyResult, Side } from '../../../contract/activities.ts';
import { SLICE_MS } from '../../../contract/slice.ts';
import { plural } from '../../../contract/words.ts';
import type { Run } from '../run.ts';
import { waiting } from '../waiting.ts';

/** @param stableMs pods must stay ready this long  @returns not ready: after the plan's time, or when waiting cannot help */
export async function awaitReady(run: Run, side: Side, replicas: number, stableMs = 0): Promise<ReadyResult> {
  const { revision } = run.detected;
  const summary = `wait for ${plural(replicas, `ready ${side} pod`)}`;
  const endMs = Date.now() + run.plan.scale.readyTimeoutMs;
  for (;;) {
    const timeoutMs = Math.min(SLICE_MS, Math.max(1, endMs - Date.now()));
    const input = { ...run.target, side, revision, replicas, timeoutMs, stableMs };
    const result = await run.insist(summary, () => waiting(run, summary, timeoutMs + stableMs).awaitReady(input));
    if (result.ready || result.hopeless || Date.now() >= endMs) return result;
  }
}
