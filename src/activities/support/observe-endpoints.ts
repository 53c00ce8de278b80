import type { Observation } from '../../contract/activities.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { routesTaken, settled } from '../../routers/index.ts';
import type { ActivityRun } from './activity.ts';

/** ms */
const LIMIT_MS = 60_000;
const EVERY_MS = 500;

/**
 * Waits until the pods that callers are given have none of the canary's among them (order rule 1). Connections that are open stay where
 * they are: the drain and the scale-down end them, so requests that go on are no reason to keep the canary.
 */
export async function observeEndpoints(
  client: KubeClient,
  plan: TargetPlan,
  { signal, heartbeat }: ActivityRun,
  limitMs = LIMIT_MS,
): Promise<Observation> {
  const { canary } = plan.workload;
  const taken = await settled(
    () => routesTaken(client, plan),
    { withinMs: limitMs, everyMs: EVERY_MS, signal },
    (problem) => heartbeat({ problem }),
  );
  if (taken.kind === 'taken')
    return { kind: 'away', sentence: `no EndpointSlice of the plan leads to ${canary} any more` };
  const reason = 'sentence' in taken ? taken.sentence : 'the routes cannot be read';
  return { kind: 'stillRouted', sentence: `what leads to ${canary} is not gone: ${reason}` };
}
