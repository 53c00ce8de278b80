/** Step 18, on the way forward and on the way back: route away, seen, drained, and only then scaled down (order rule 1). */
import { patched, sleep } from '@temporalio/workflow';
import { waitActivities } from '../activities.ts';
import type { Run } from '../run.ts';
import { removeDestinations } from './destinations.ts';
import { atRest } from './intents.ts';
import { relaxPrimaryAutoscaler } from './promotion.ts';
import { putRoute } from './traffic.ts';

/** Longest wait to see that nothing is routed to the canary any more. */
const OBSERVE_MS = 60_000;

/** Step 18. */
export async function scaleCanaryToZero(run: Run): Promise<void> {
  await run.step('scale-down', async () => {
    await relaxPrimaryAutoscaler(run);
    return removeCanary(run);
  });
}

/** @returns what was seen, for the report */
export async function removeCanary(run: Run): Promise<string> {
  const seen = await scaleToZero(run);
  await removeDestinations(run);
  return seen;
}

async function scaleToZero(run: Run): Promise<string> {
  const { written, unconfirmed } = run.state;
  const reached = (object: 'route' | 'canary') => written.includes(object) || unconfirmed.includes(object);
  if (!reached('canary')) return 'was at zero';
  const seen = reached('route') ? await drain(run) : 'never had traffic';
  run.say('Scaling the canary to zero.');
  const autoscaler = written.includes('canary-autoscaler') ? run.detected.autoscalers.canary : undefined;
  await run.write('canary', 'scale the canary to zero', (activities, target) =>
    activities.scaleCanaryToZero({ ...target, autoscaler }),
  );
  run.view.replicas.canary = 0;
  run.state.canaryReplicas = 0;
  return seen;
}

async function drain(run: Run): Promise<string> {
  const seen = await observeAway(run);
  const { terminationDrainMs } = run.plan.traffic;
  if (terminationDrainMs > 0) {
    run.say(`Letting connections to the canary drain for ${terminationDrainMs / 1000} s.`);
    await sleep(terminationDrainMs, { summary: 'let connections to the canary drain' });
  }
  return seen;
}

async function observeAway(run: Run): Promise<string> {
  const summary = 'see that nothing is routed to the canary any more';
  for (;;) {
    run.say('Waiting until nothing is routed to the canary any more.');
    const seen = await run.insist(summary, () =>
      waitActivities(run.cluster, summary, OBSERVE_MS).observeAway(run.target),
    );
    if (seen.kind === 'away') return 'seen to be away';
    if (seen.kind === 'notObserved') {
      run.view.warnings.push(seen.sentence);
      return 'not observed';
    }
    await run.hold({
      reason: `${seen.sentence} The canary keeps running.`,
      onResume: 'writes the route again and looks again',
      onAbort: 'does the same: the rollout is leaving the canary already',
      onSilence: 'the canary keeps running',
    });
    if (patched('route-away-again')) await routeAwayAgain(run);
  }
}

/** Somebody else may have led users to the canary since; a person has said that they go. */
async function routeAwayAgain(run: Run): Promise<void> {
  const options = { requireReady: 'primary' as const, overwrite: true, force: true };
  await putRoute(run, 'return all live traffic to the primary again', atRest(run), options);
}
