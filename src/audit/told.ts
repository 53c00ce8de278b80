/** What the events of a rollout tell, all runs together. Pure: whoever has the events can tell the same again. */
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Plan } from '../contract/plan.ts';
import type { ChainedEvent, RunJson } from '../temporal/chain.ts';
import { decodeHistory } from './history.ts';
import type { OutcomeRecord } from './outcome.ts';
import type { AuditRecord } from './record.ts';

export interface ToldRollout {
  workflow: string;
  cluster: string;
  /** `<plan>-<epoch>`; absent: it was refused before it got a number. */
  rollout?: string;
  /** The image that was delivered; absent: a configuration. */
  image?: string;
  /** The plan that the rollout was bound to. */
  plan?: Plan;
  /** Absent: it had not ended. `head`: the hash of the event. */
  outcome?: OutcomeRecord & { run: string; head: string };
  /** The run before the first, which Temporal had forgotten. */
  missing?: string;
  records: AuditRecord[];
}

/** @param hashes of the events, in the order of the runs */
export function tellRollout(runs: readonly RunJson[], hashes: readonly ChainedEvent[][]): ToldRollout {
  const decoded = runs.map(({ run, events }) => decodeHistory(historyFromJSON({ events }).events ?? [], run));
  const [first] = decoded;
  const at = decoded.findLastIndex(({ outcome }) => outcome !== undefined);
  const outcome = decoded[at]?.outcome;
  const told: Record<keyof ToldRollout, unknown> = {
    workflow: first?.workflow,
    cluster: first?.cluster,
    rollout: decoded.findLast(({ rollout }) => rollout)?.rollout,
    image: first?.offer?.event?.image,
    plan: first?.offer?.plan,
    outcome: outcome && { ...outcome, run: runs[at]?.run, head: hashes[at]?.[outcome.event - 1]?.hash },
    missing: first?.continues,
    records: decoded.flatMap(({ records }) => records),
  };
  // as a file has it
  return JSON.parse(JSON.stringify(told));
}
