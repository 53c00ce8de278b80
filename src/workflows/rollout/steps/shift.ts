/** Steps 8, 11, 12 and 13: copies first, then users. */
import { mirrored } from '../../../contract/intent.ts';
import type { Run } from '../run.ts';
import { proveAgain } from './checks.ts';
import { passGates } from './gates.ts';
import { atRest, live } from './intents.ts';
import { currentWeight, isRouted, lead, leadTo } from './traffic.ts';

/** Step 8: the canary is at full size before it gets a copy of everything. */
export async function startMirror(run: Run): Promise<void> {
  const { mirror } = run.plan;
  if (!mirror) return run.skip('mirror', 'not in the plan');
  await run.step('mirror', async () => {
    await passGates(run, 'mirror');
    if (run.state.promoted) return 'left out: somebody promoted it before';
    await leadTo(run, `mirror ${mirror.percent} % of live traffic`, () => mirrored(mirror.percent));
    return `${mirror.percent} %`;
  });
}

/** Step 11. */
export async function stopMirror(run: Run): Promise<void> {
  if (!run.plan.mirror) return run.skip('stop-mirror', 'not in the plan');
  await run.step('stop-mirror', async () => {
    await leadTo(run, 'stop mirroring', () => atRest(run));
    return 'off';
  });
}

/** Steps 12 (the first weight) and 13 (the others): ready for its share before it gets it, and still well at the weight before. */
export async function routeToCanary(run: Run): Promise<void> {
  const weight = currentWeight(run);
  if (isRouted(run, live(run, weight))) return;
  await run.pausePoint();
  const name = run.isOver('route-canary') ? 'shift' : 'route-canary';
  run.begin(name);
  if (weight > run.view.route.canary) {
    await passGates(run, weight);
    const { provenWeight, promoted } = run.state;
    if (provenWeight !== undefined && provenWeight < weight && !promoted) await proveAgain(run, provenWeight);
  }
  if (currentWeight(run) !== weight) return;
  if (!(await lead(run, `route ${weight} % of live traffic to the canary`, live(run, weight)))) return;
  if (name === 'route-canary') run.finish(name, `${weight} %`);
  run.begin('shift');
}
