/** The live tree of a recorded rollout. Nobody filmed it: today's workflow code is executed on the recorded history, and says how it stood. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleWorkflowCode, DefaultLogger, type InjectedSinks, Worker } from '@temporalio/worker';
import { openViewer } from '../../src/cli/terminal/follow.ts';
import type { Terminal } from '../../src/cli/terminal/terminal.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import type { ViewSinks } from './views.ts';

const WORKFLOWS = join(import.meta.dirname, '..', '..', 'src', 'workflows');
const REDRAW_MS = 200;

type Shot = { view: RolloutView; at: number };

/** @throws when the code of today decides otherwise than was recorded */
export async function shoot(events: object[], workflow: string): Promise<Shot[]> {
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: join(WORKFLOWS, 'index.ts'),
    payloadConverterPath: join(WORKFLOWS, 'payload-converter.ts'),
    workflowInterceptorModules: [join(import.meta.dirname, 'views.ts')],
    logger: new DefaultLogger('ERROR'),
  });
  const shots: Shot[] = [];
  const fn = (_info: unknown, view: RolloutView, at: number) => void shots.push({ view, at });
  const sinks: InjectedSinks<ViewSinks> = { film: { show: { callDuringReplay: true, fn } } };
  await Worker.runReplayHistory({ workflowBundle, sinks }, { events }, workflow);
  return shots;
}

/** @param tookMs how long it takes; 0: nothing is waited for */
export async function play(shots: Shot[], tookMs: number, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const [from, to] = [shots[0]?.at ?? 0, shots.at(-1)?.at ?? 0];
  const began = Date.now();
  let now = from;
  const viewer = openViewer(terminal, () => new Date(now));
  try {
    for (const [index, { view, at }] of shots.entries()) {
      const next = tookMs > 0 ? (shots[index + 1]?.at ?? at) : 0;
      do {
        now = Math.max(at, Math.min(next, from + ((Date.now() - began) * (to - from)) / (tookMs || 1)));
        viewer.show({ view, snapshot: { live: {} }, workers: 'polling' });
        if (now < next) await sleep(REDRAW_MS, undefined, { signal });
      } while (now < next);
    }
  } finally {
    viewer.close();
  }
}
