/** What `nextStep` finds due, made: each its own request with its own number, all at once. */
import { ActivityFailure, isCancellation, rootCause } from '@temporalio/workflow';
import type { FencedTarget, FenceRaised, RouteResult, WriteAgain } from '../../contract/activities.ts';
import { canaryNeeds } from '../../contract/capacity.ts';
import type { WriteObject } from '../../contract/fence.ts';
import { sentenceCase } from '../../contract/words.ts';
import type { World } from '../../contract/world.ts';
import { Outdated } from './errors.ts';
import type { Run } from './run.ts';
import { noteRoute, type WayBack } from './state.ts';
import type { Due } from './step.ts';
import { noteMade, targetOf, write } from './writer.ts';

/** It is tried again by whoever waits, and needs no number of its own. */
export function isRefusedNow({ refused }: WayBack, due: Due): boolean {
  return refused.some((one) => sameDue(one.due, due));
}

/** Everything that is due, at once; none waits for another. @returns the world after it; undefined: something was refused */
export async function carryOut(run: Run, due: readonly Due[], world: World): Promise<World | undefined> {
  const made = await Promise.all(due.map((one) => make(run, one)));
  return made.every(Boolean) ? due.reduce(after, world) : undefined;
}

/** The refused ones as the wait tries them again. */
export function writesAgain(run: Run): WriteAgain[] {
  const { refused = [] } = run.state.back ?? {};
  return refused.map(({ due, seq, reason }) => {
    const { name, input } = callOf(run, due);
    return { object: due.object, name, reason, input: input(targetOf(run, seq)) } as WriteAgain;
  });
}

/** A refused write was made after all. */
export function noteWritten(run: Run, object: WriteObject, result: unknown): void {
  const back = run.state.back as WayBack;
  const found = back.refused.find(({ due }) => due.object === object);
  if (!found) return;
  back.refused = back.refused.filter((one) => one !== found);
  noteMade(run, object, found.due.what, found.seq);
  noteEffect(run, found.due, result);
}

export function noteRefused(run: Run, object: WriteObject, reason: string): void {
  const found = run.state.back?.refused.find(({ due }) => due.object === object);
  if (found) found.reason = reason;
}

/** What met a higher number is made anew, above it. */
export function dropOutrun(run: Run, { routes, primary, canary }: World): void {
  const fences = { route: routes.map(({ fence }) => fence), primary: [primary.fence], canary: [canary.fence] };
  for (const { due, seq } of run.state.back?.refused ?? []) {
    const stored = fences[due.object as keyof typeof fences] ?? [];
    if (stored.some((fence) => fence?.epoch === run.detected.epoch && fence.seq > seq)) drop(run, due.object);
  }
}

async function make(run: Run, due: Due): Promise<boolean> {
  const back = run.state.back as WayBack;
  const { name, summary, input } = callOf(run, due);
  const { object, what } = due;
  drop(run, object);
  let seq = 0;
  try {
    const result = await write(run, { object, what, summary, back: true }, (activities, target) => {
      seq = target.fence.seq;
      const call = activities[name] as (input: unknown) => Promise<unknown>;
      return call(input(target));
    });
    const why = refusalOf(result);
    if (why === undefined) noteEffect(run, due, result);
    else back.refused.push({ due, seq, reason: why, since: Date.now() });
    // what a fence found may be a late write that nobody has seen yet
    return why === undefined && (result as FenceRaised | undefined)?.touched !== true;
  } catch (error) {
    if (error instanceof Outdated) return false;
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    back.refused.push({ due, seq, reason: rootCause(error) ?? error.message, since: Date.now() });
    return false;
  }
}

function drop(run: Run, object: WriteObject): void {
  const back = run.state.back as WayBack;
  back.refused = back.refused.filter(({ due }) => due.object !== object);
}

/** A route that is gone leads nobody anywhere. */
function refusalOf(result: unknown): string | undefined {
  const route = result as RouteResult | undefined;
  if (route?.kind === undefined || route.kind === 'written' || route.kind === 'missing') return undefined;
  return route.sentence;
}

interface Call {
  name: WriteAgain['name'];
  summary: string;
  input: (target: FencedTarget) => WriteAgain['input'];
}

function callOf(run: Run, due: Due): Call {
  const { detected, state, plan } = run;
  const { previous, revision, autoscalers, routeFound } = detected;
  switch (due.what) {
    case 'route': {
      const { intent } = due;
      const needs = canaryNeeds(plan, detected.primaryReplicas, intent, state.provenWeight !== undefined);
      const summary =
        intent.canary > 0
          ? `take users back: ${intent.canary} % stay on the canary`
          : 'return all live traffic to the primary';
      return { name: 'route', summary, input: (target) => ({ ...target, intent, found: routeFound, canary: needs }) };
    }
    case 'restore':
    case 'grow':
    case 'shrink': {
      const { replicas, what } = due;
      const summary =
        what === 'restore' ? "restore the primary's previous revision" : `bring the primary back to ${replicas}`;
      const size = { sizeOnly: what === 'grow', putBack: what === 'shrink' };
      return { name: 'restorePrimary', summary, input: (target) => ({ ...target, previous, replicas, ...size }) };
    }
    case 'fence':
      return {
        name: 'raiseFence',
        summary: 'stop a late upgrade of the primary',
        input: (target) => ({ ...target, revision }),
      };
    case 'planned':
    case 'found': {
      const planned = due.what === 'planned' ? plan.scale.primary.autoscaler : undefined;
      const { min, max } = planned ?? autoscalers.primary ?? { min: 1, max: 1 };
      const summary = `set primary HPA to ${min}–${max}`;
      const bounds = { side: 'primary' as const, bounds: { min, max }, putBack: planned === undefined };
      return { name: 'boundAutoscaler', summary, input: (target) => ({ ...target, ...bounds }) };
    }
    case 'zero': {
      const autoscaler = autoscalers.canary;
      return {
        name: 'scaleCanaryToZero',
        summary: 'scale the canary to zero',
        input: (target) => ({ ...target, autoscaler }),
      };
    }
    case 'remove':
      return { name: 'removeDestinations', summary: 'remove what was made for the canary', input: (target) => target };
  }
}

/** What is remembered, and what people see, of a write that was made. */
function noteEffect(run: Run, due: Due, result: unknown): void {
  const { state, view } = run;
  const back = state.back as WayBack;
  switch (due.what) {
    case 'route':
      noteRoute(state, due.intent);
      back.watching =
        due.intent.canary > 0 && plannedSteps(run).includes(due.intent.canary) ? due.intent.canary : undefined;
      back.away = undefined;
      back.drained = undefined;
      if ((result as RouteResult).kind === 'missing')
        view.warnings.push(`${sentenceCase((result as { sentence: string }).sentence)}.`);
      return;
    case 'zero':
      view.replicas.canary = 0;
      state.canaryReplicas = 0;
  }
}

function plannedSteps({ plan }: Run): readonly number[] {
  return plan.shift.back?.weights ?? [];
}

/** The world once `due` was made. */
function after(world: World, due: Due): World {
  const { primary, canary, routes } = world;
  switch (due.what) {
    case 'route':
      return {
        ...world,
        routes: routes.map((route) => (route.gone ? route : { ...route, intent: due.intent, status: 'unknown' })),
      };
    case 'restore':
      return {
        ...world,
        primary: {
          ...primary,
          template: 'previous',
          mixed: true,
          updated: 0,
          wanted: Math.max(primary.wanted, due.replicas),
        },
      };
    case 'grow':
      return { ...world, primary: { ...primary, wanted: Math.max(primary.wanted, due.replicas) } };
    case 'shrink':
      return { ...world, primary: { ...primary, wanted: due.replicas } };
    case 'zero':
      return { ...world, canary: { ...canary, wanted: 0 } };
    default:
      return world;
  }
}

/** The same write, whatever its number. */
function sameDue(a: Due, b: Due): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
