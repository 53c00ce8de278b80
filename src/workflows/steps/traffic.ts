/** Steps 8, 11, 12, 13 and 17: every write of traffic. */
import { patched } from '@temporalio/workflow';
import type { RouteResult, Side } from '../../contract/activities.ts';
import { describeIntent, mirrored, type RouteIntent, sameIntent } from '../../contract/intent.ts';
import type { Run } from '../run.ts';
import { passGates } from './gates.ts';
import { atRest, live } from './intents.ts';
import { ensureCapacity } from './scale.ts';

/** Step 8: the canary is at full size before it gets a copy of everything. */
export async function startMirror(run: Run): Promise<void> {
  const { mirror } = run.plan;
  if (!mirror) return run.skip('mirror', 'not in the plan');
  await run.step('mirror', async () => {
    await passGates(run, 'mirror');
    if (run.state.promoted) return 'left out: somebody promoted it before';
    await ensureCapacity(run, mirror.percent);
    await writeRoute(run, `mirror ${mirror.percent} % of live traffic`, mirrored(mirror.percent), {
      requireReady: 'canary',
    });
    return `${mirror.percent} %`;
  });
}

/** Step 11. */
export async function stopMirror(run: Run): Promise<void> {
  if (!run.plan.mirror) return run.skip('stop-mirror', 'not in the plan');
  await run.step('stop-mirror', async () => {
    await writeRoute(run, 'stop mirroring', atRest(run));
    return 'off';
  });
}

/** Steps 12 (the first weight) and 13 (the others): ready for its share before it gets it. */
export async function routeToCanary(run: Run): Promise<void> {
  const weight = currentWeight(run);
  if (isRouted(run, live(run, weight))) return;
  await run.pausePoint();
  const name = run.isOver('route-canary') ? 'shift' : 'route-canary';
  run.begin(name);
  if (weight > run.view.route.canary) await passGates(run, weight);
  if (currentWeight(run) !== weight) return;
  await ensureCapacity(run, weight);
  // With users on it already, the interval before has just watched the canary's readiness.
  const requireReady = run.view.route.canary > 0 ? undefined : 'canary';
  await writeRoute(run, `route ${weight} % of live traffic to the canary`, live(run, weight), { requireReady });
  if (name === 'route-canary') run.finish(name, `${weight} %`);
  run.begin('shift');
}

/** A write that others changed on its way is not there, though users may be where it wanted them. */
function isRouted({ state, view }: Run, intent: RouteIntent): boolean {
  return sameIntent(view.route, intent) && sameIntent(state.confirmedRoute ?? intent, intent);
}

/** The weight that comes or is: the one that a person asked for, otherwise the first whose interval has not passed yet. */
export function currentWeight({ state, plan }: Run): number {
  if (state.promoted) return 100;
  return state.askedWeight ?? plan.shift.weights[state.weightsPassed] ?? 100;
}

/** Step 17. */
export async function switchBack(run: Run): Promise<void> {
  await run.step('switch-back', async () => {
    await writeRoute(run, 'switch live traffic back to the primary', atRest(run), { requireReady: 'primary' });
    return 'primary 100 %';
  });
}

export interface WriteRouteOptions {
  requireReady?: Side;
  /** Default 1. */
  requireReplicas?: number;
  /** Write whatever is there: for taking users back. */
  overwrite?: boolean;
  /** Somebody else's change goes, as a person or the plan said. */
  force?: boolean;
}

/** Writes a full intent; holds when somebody else changed the route (order rule 9) or when nobody is there to serve it. */
export async function writeRoute(
  run: Run,
  summary: string,
  intent: RouteIntent,
  options: WriteRouteOptions = {},
): Promise<void> {
  const { state } = run;
  if (state.confirmedRoute && sameIntent(state.confirmedRoute, intent) && sameIntent(run.view.route, intent)) return;
  for (;;) {
    const said = state.overwrites ? { ...options, overwrite: true, force: true } : options;
    const result = await putRoute(run, summary, intent, said);
    if (result.kind === 'written') break;
    if (result.kind === 'drift') state.overwrites = true;
    await run.hold({
      reason: result.sentence,
      onResume: result.kind === 'drift' ? `writes ${describeIntent(intent)} over it` : 'looks again',
      onAbort: 'goes back to the primary',
      onSilence: 'the route stays as it is',
    });
  }
  state.overwrites = undefined;
}

/** One try. Writes of the route never overlap: the checklist and the watch beside it both make them. */
export async function putRoute(
  run: Run,
  summary: string,
  intent: RouteIntent,
  { requireReady, requireReplicas, overwrite = false, force }: WriteRouteOptions,
): Promise<RouteResult> {
  const { state } = run;
  return run.alone(async () => {
    const expected = overwrite ? undefined : state.confirmedRoute;
    state.confirmedRoute = undefined;
    if (intent.affinity) state.cookieGiven = true;
    const result = await run.write('route', summary, (activities, target) =>
      activities.route({
        ...target,
        intent,
        expected,
        found: run.detected.routeFound,
        force,
        requireReady,
        requireReplicas,
      }),
    );
    if (result.kind !== 'written') {
      state.confirmedRoute = expected;
      // Users may be where this write wanted them, or near it: the checks go on for them.
      if (result.kind === 'notTaken' && patched('checks-not-taken')) run.view.route = intent;
      return result;
    }
    state.confirmedRoute = intent;
    run.view.route = intent;
    run.view.observedWeight = undefined;
    state.drift = undefined;
    return result;
  });
}
