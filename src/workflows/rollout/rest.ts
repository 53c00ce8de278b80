/**
 * The loop that brings users and objects to rest, whatever the world looks like: steps 17 and 18 on the way forward, everything on the
 * way back (order rule 8). What is due goes at once; what is refused is tried again for as long as it takes, whoever is asked meanwhile.
 */
import { ActivityFailure, isCancellation, sleep } from '@temporalio/workflow';
import { MOST_USERS, primaryCapacity } from '../../contract/capacity.ts';
import { formatSpan } from '../../contract/words.ts';
import type { WorkloadSeen, World } from '../../contract/world.ts';
import { clusterActivities, FLOOR_MS } from '../activities.ts';
import { carryOut, isRefusedNow } from './due.ts';
import { nextStep } from './next-step.ts';
import { closeObstacles, showObstacles } from './obstacles.ts';
import type { Run } from './run.ts';
import { isUnsettled, newWayBack, type WayBack } from './state.ts';
import type { Goal, Known } from './step.ts';
import { atRest, live } from './steps/intents.ts';
import { waiting } from './waiting.ts';
import { pass } from './waits.ts';
import { noteFences } from './writer.ts';

/** @returns what was seen of the canary's requests, for the report */
export async function bringTo(run: Run, goal: Goal): Promise<string> {
  const back = wayBackOf(run, goal);
  let world = believed(run, goal) ?? (await firstLook(run));
  let last = { step: '', at: 0 };
  for (;;) {
    run.throwIfGoingBack();
    run.view.replicas = { primary: world.primary.ready, canary: world.canary.ready };
    const step = nextStep(world, goal, knownOf(run, back));
    if (step.over) break;
    run.say(`${step.sentence}`);
    const due = step.due.filter((one) => !isRefusedNow(back, one));
    if (due.length > 0) {
      world = (await carryOut(run, due, world)) ?? (await look(run)) ?? world;
      continue;
    }
    showObstacles(run, step);
    const now = JSON.stringify(step);
    const early = last.step === now ? last.at + FLOOR_MS - Date.now() : 0;
    if (early > 0) await sleep(early, { summary: `nothing has changed: look again in ${formatSpan(early)}` });
    last = { step: now, at: Date.now() };
    // a cluster that cannot be read may still take a write: the wait goes on with what was seen last
    world = (await pass(run, step, world)) ?? (await look(run)) ?? seenLast(back, world);
    await run.startAfreshWhenLong();
  }
  closeObstacles(run);
  return seenOf(back);
}

function wayBackOf({ state }: Run, goal: Goal): WayBack {
  state.back ??= newWayBack(state, goal.revision);
  // what is tried for one goal is not what the other one wants
  if (state.back.goal !== goal.revision) Object.assign(state.back, { goal: goal.revision, refused: [] });
  return state.back;
}

/** Requests that still come to the canary tell that the routes are not as they were seen, so they are written again. */
function seenLast(back: WayBack | undefined, world: World): World {
  if (back?.away !== 'stillRouted') return world;
  return { ...world, routes: world.routes.map(({ name }) => ({ name, status: 'unknown' })) };
}

/** For as long as it takes: after a quick one a wait of no time, which costs no events while no worker is there. */
async function firstLook(run: Run): Promise<World> {
  const seen = await look(run);
  if (seen) return seen;
  const { revision, previous } = run.detected;
  const input = { ...run.target, revision, previous, until: [], again: [], forMs: 1 };
  const summary = 'look at what is there';
  for (;;) {
    const { world } = await waiting(run, summary, 1, Number.POSITIVE_INFINITY).awaitChange(input);
    if (world) return world;
    run.say('Nothing can be seen of the cluster.');
    await sleep(FLOOR_MS, { summary: 'the cluster cannot be read: look again' });
  }
}

/** A whole world. @returns undefined when it cannot be read */
async function look(run: Run): Promise<World | undefined> {
  const { revision, previous } = run.detected;
  try {
    const input = { ...run.target, revision, previous };
    const world = await clusterActivities(run, 'look at what is there', { back: true }).look(input);
    noteFences(run, world);
    return world;
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    run.say(`Nothing can be seen of the cluster: ${error.cause?.message ?? error.message}`);
    return undefined;
  }
}

/**
 * The world when everything is as the rollout saw it last, so that the first write goes without a look before it: the write reads what
 * it writes, and refuses what may not be. Undefined: that is not known well enough.
 */
function believed(run: Run, goal: Goal): World | undefined {
  const { state, view } = run;
  // without a write of ours nobody has looked at the routes since detect
  if (goal.until === 'rest' && state.scheduled.route === undefined) return undefined;
  const fails = state.canaryFails || state.back?.leave;
  const asked = goal.revision === 'new' ? state.touched : !state.touched && (view.route.canary < MOST_USERS || fails);
  if (!asked || state.drift !== undefined || run.offer.kind === 'repair' || isUnsettled(state, 'primary'))
    return undefined;
  const { primaryReplicas } = run.detected;
  const size = state.touched ? Math.max(view.replicas.primary, primaryReplicas) : primaryReplicas;
  return seenLast(state.back, {
    routes: [{ name: 'the routes', intent: view.route, status: 'unknown' }],
    primary: workload(goal.revision, size),
    canary: workload('new', state.canaryReplicas),
  });
}

function workload(template: WorkloadSeen['template'], pods: number): WorkloadSeen {
  return { uid: 'as seen last', template, mixed: false, wanted: pods, ready: pods, updated: pods };
}

function knownOf(run: Run, back: WayBack): Known {
  const { state, detected, plan } = run;
  const { primaryReplicas: found, epoch } = detected;
  const gradual = back.goal === 'previous' && back.decision?.kind !== 'failed' && !back.hurry;
  return {
    now: Date.now(),
    epoch,
    rest: atRest(run),
    keep: live(run, 1).affinity,
    found,
    autoscaled: detected.autoscalers.primary !== undefined,
    size: primaryCapacity(plan, found, state.canaryReplicas),
    touched: state.touched === true,
    scheduled: state.scheduled,
    made: state.made,
    fails: state.canaryFails === true,
    leave: back.leave === true,
    proven: state.provenWeight !== undefined,
    anySize: back.anySize === true,
    whole: plan.traffic.mode !== undefined,
    steps: gradual ? plan.shift.back?.weights : undefined,
    watching: back.watching,
    left: back.left,
    refused: back.refused.map(({ due }) => due.object),
    away: back.away,
    drained: back.drained === true,
  };
}

function seenOf({ away }: WayBack): string {
  if (away === undefined) return 'never had traffic';
  return away === 'away' ? 'seen to be away' : 'not observed';
}
