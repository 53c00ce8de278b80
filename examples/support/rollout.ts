/** Sluice's rollout from the plan of an example, with users asking all the time. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCode } from '../../lab/host/inside.ts';
import { LabError } from '../../lab/index.ts';
import {
  type PodRequest,
  type ProbeRecord,
  type ProberOptions,
  readRequests,
  startProber,
} from '../../lab/prober/index.ts';
import { phasesOf, RouteLog, type TrafficChange, type TrafficPhase } from '../../lab/story/index.ts';
import type { Stage } from './stage.ts';

export interface RolloutOptions {
  image: string;
  /** Steady users: where they ask. */
  users: Pick<ProberOptions, 'url' | 'host' | 'proxy'>;
  /** What else is done while it goes on; given up when the rollout fails. */
  meanwhile?: (routes: RouteLog) => Promise<void>;
}

export interface RolledOut {
  /** One phase per state of the route that lasted, from the start of the rollout to its end. */
  phases: TrafficPhase[];
  users: ProbeRecord[];
  /** What the pods of the canary were asked, copies included. */
  canary: PodRequest[];
}

const RATE = 100;
const CALM_MS = 2_000;
const LIMITS = ['--watch', '--fail-fast', '--timeout', '8m'];

/** Worker and command line as processes of their own. @throws LabError unless the rollout is promoted */
export async function rollOut(stage: Stage, { image, users, meanwhile }: RolloutOptions): Promise<RolledOut> {
  const { lab, signal, namespace } = stage;
  const sluice = await stage.sluice();
  const routes = new RouteLog(lab, namespace, 'reviews');
  const prober = startProber({ ...users, rate: RATE, out: join(lab.dir, 'probes', `${stage.newRun()}.jsonl`) });
  try {
    await sleep(CALM_MS, undefined, { signal });
    const from = Date.now();
    const run = sluice.onTerminal(['run', stage.file('plan.yaml'), '--image', image, ...LIMITS], signal);
    await Promise.all([promoted(run, image), meanwhile?.(routes)]);
    await sleep(CALM_MS, undefined, { signal });
    const phases = phasesOf(routes.changes, from, Date.now()).map((phase) => untilNext(phase, routes.changes));
    await prober.stop();
    return { phases, users: prober.records(), canary: readRequests(lab.dir, namespace, 'reviews-v2-') };
  } finally {
    routes.stop();
    await prober.stop().catch(() => undefined);
  }
}

/** A phase ends at the next change, however short that one lasts. */
function untilNext(phase: TrafficPhase, changes: readonly TrafficChange[]): TrafficPhase {
  return { ...phase, to: changes.find(({ at }) => at > phase.from)?.at ?? phase.to };
}

async function promoted(run: ChildProcess, image: string): Promise<void> {
  const code = await exitCode(run);
  if (code !== 0) throw new LabError(`the rollout of ${image} was not promoted: sluice run ended with code ${code}`);
}
