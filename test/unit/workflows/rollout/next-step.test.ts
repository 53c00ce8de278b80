import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { canaryCapacity } from '../../../../src/contract/capacity.ts';
import type { WriteObject } from '../../../../src/contract/fence.ts';
import { AT_REST, isAtRest, type RouteIntent, weighted } from '../../../../src/contract/intent.ts';
import { mayRoute } from '../../../../src/contract/may-route.ts';
import { GONE, isWhole, type RouteSeen, type WorkloadSeen, type World } from '../../../../src/contract/world.ts';
import { nextStep } from '../../../../src/workflows/rollout/next-step.ts';
import type { Due, Goal, Known, Step } from '../../../../src/workflows/rollout/step.ts';
import { nextStepRows, nextStepTable } from '../../../../tools/docs/next-step.ts';
import { planFor } from '../../../support/plan.ts';
import { seededRandom } from '../../../support/random.ts';

const WORLDS = 5_000;
/** Steps in which a cluster that obeys is at rest. */
const MOST_STEPS = 40;

describe('the table', () => {
  it('is what `npm run docs` writes', async () => {
    expect(await readFile('docs/architecture/next-step.md', 'utf8')).toBe(nextStepTable());
  });

  it('has a step in every cell, and none but rest that does nothing and waits for nothing', () => {
    const cells = nextStepRows().flatMap(({ cells: all }) => all);
    expect(cells).toHaveLength(1_440);
    expect(cells.filter((cell) => cell === '')).toEqual([]);
  });
});

describe('from any world, with a cluster that obeys', () => {
  const walks = Array.from({ length: WORLDS }, (_, seed) => walk(seed));

  it(`comes to rest in a bounded number of steps`, () => {
    const steps = walks.map(({ trace }) => trace.length).sort((a, b) => a - b);
    const worst = walks.find(({ trace }) => trace.length === steps.at(-1));
    console.info(`${WORLDS} worlds: ${steps[WORLDS / 2]} steps to rest (median), ${steps.at(-1)} (worst)`);
    expect(walks.filter(({ rest }) => !rest).map(({ seed, trace }) => [seed, trace.slice(-4)])).toEqual([]);
    expect(steps.at(-1), worst?.trace.join('\n')).toBeLessThanOrEqual(MOST_STEPS);
  });

  it('never writes what mayRoute refuses', () => {
    expect(walks.flatMap(({ seed, refused }) => refused.map((why) => `${seed}: ${why}`))).toEqual([]);
  });

  it('never scales a canary down under a route that leads to it', () => {
    expect(walks.filter(({ strays }) => strays).map(({ seed }) => seed)).toEqual([]);
  });
});

describe('where users are on one side or shared by pods', () => {
  const walks = Array.from({ length: WORLDS / 5 }, (_, seed) => walk(seed, { whole: true, steps: undefined }));

  it('none is taken back by percent, and everything comes to rest', () => {
    const shares = walks.flatMap(({ routed }) => routed).filter((canary) => canary !== 0 && canary !== 100);
    expect(shares).toEqual([]);
    expect(walks.filter(({ rest }) => !rest).map(({ seed }) => seed)).toEqual([]);
  });

  it('never writes what mayRoute refuses', () => {
    expect(walks.flatMap(({ refused }) => refused)).toEqual([]);
  });
});

interface Walk {
  seed: number;
  rest: boolean;
  trace: string[];
  /** Canary weights that were written. */
  routed: number[];
  /** Writes of the route that mayRoute refuses. */
  refused: string[];
  /** The canary went to zero while a route led to it. */
  strays: boolean;
}

function walk(seed: number, more: Partial<Known> = {}): Walk {
  const { world, goal, known } = anyWorld(seed);
  Object.assign(known, more);
  const result: Walk = { seed, rest: false, trace: [], routed: [], refused: [], strays: false };
  for (; result.trace.length <= MOST_STEPS; known.now += 10_000) {
    const step = nextStep(world, goal, known);
    result.trace.push(JSON.stringify([step.due, step.wait, step.sentence]));
    if (step.over) return { ...result, rest: isRest(world, known) };
    for (const due of step.due) obey(world, known, due, result);
    if (step.due.length === 0) pass(world, known, step);
  }
  return result;
}

/** Users, copies and pods of a canary that was ours are gone. */
function isRest({ routes, canary }: World, known: Known): boolean {
  const away = routes.every(({ gone, intent }) => gone || (intent !== undefined && isAtRest(intent)));
  return away && (canary.wanted === 0 || known.scheduled.canary === undefined);
}

function obey(world: World, known: Known, due: Due, result: Walk): void {
  const { primary, canary } = world;
  known.scheduled[due.object] = (known.scheduled[due.object] ?? 0) + 100;
  known.made[due.object] = { what: due.what, seq: known.scheduled[due.object] ?? 0, at: known.now };
  if (due.what === 'route') {
    result.routed.push(due.intent.canary);
    const needs = { replicas: canaryCapacity(planFor('shop'), known.found, due.intent.canary), proven: known.proven };
    const ready = { primary: primary.ready, canary: canary.ready };
    for (const route of world.routes.filter(({ gone }) => !gone)) {
      const why = mayRoute(due.intent, route.intent, ready, needs);
      if (why) result.refused.push(`${JSON.stringify(due.intent)} over ${JSON.stringify(route.intent)}: ${why}`);
      Object.assign(route, { intent: due.intent, status: 'pending' });
    }
    if (known.steps?.includes(due.intent.canary)) known.watching = due.intent.canary;
  }
  if (due.what === 'restore') Object.assign(primary, { template: 'previous', mixed: true, updated: 0 });
  if (due.what === 'restore' || due.what === 'grow') primary.wanted = Math.max(primary.wanted, due.replicas);
  if (due.what === 'shrink') primary.wanted = due.replicas;
  if (due.what === 'zero') {
    result.strays ||= world.routes.some(({ intent }) => (intent?.canary ?? 0) > 0 || (intent?.mirror ?? 0) > 0);
    Object.assign(canary, { wanted: 0, ready: 0, updated: 0 });
  }
}

/** Time goes by: pods come up, statuses follow, what is observed is away. */
function pass({ routes, primary }: World, known: Known, { wait }: Step): void {
  if (primary.uid) Object.assign(primary, { mixed: false, ready: primary.wanted, updated: primary.wanted });
  for (const route of routes) if (route.status === 'pending' || route.status === 'refused') route.status = 'taken';
  if (wait?.kind === 'observe') known.away = 'away';
  if (wait?.kind === 'drain') known.drained = true;
  if (wait?.kind === 'interval') known.watching = undefined;
}

function anyWorld(seed: number): { world: World; goal: Goal; known: Known } {
  const random = seededRandom(seed, 'worlds');
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const chance = (share: number) => random() < share;
  const found = pick([1, 2, 3, 10]);
  const workload = (): WorkloadSeen => {
    const wanted = pick([0, 1, found, found + 2]);
    const ready = Math.floor(random() * (wanted + 1));
    const mixed = chance(0.2);
    const updated = mixed ? Math.floor(ready / 2) : ready;
    return { uid: 'uid', template: pick(['previous', 'new', 'foreign']), mixed, wanted, ready, updated };
  };
  const intents: RouteIntent[] = [AT_REST, weighted(20), weighted(60), weighted(100), { ...AT_REST, mirror: 100 }];
  const route = (): RouteSeen => ({
    name: 'route',
    status: pick(['taken', 'pending', 'refused', 'unknown']),
    ...(chance(0.1) ? { gone: true } : chance(0.1) ? {} : { intent: pick(intents) }),
  });
  const touched = chance(0.5);
  const scheduled: Partial<Record<WriteObject, number>> = { route: 3, canary: 2, ...(touched && { primary: 5 }) };
  const autoscaled = chance(0.5);
  if (touched && autoscaled) scheduled['primary-autoscaler'] = 5;
  if (chance(0.2)) scheduled.destinations = 1;
  const known: Known = {
    ...{
      now: 0,
      epoch: 1,
      rest: AT_REST,
      found,
      size: found,
      autoscaled,
      touched,
      scheduled,
      made: {},
      drained: false,
    },
    ...{ fails: chance(0.3), leave: chance(0.1), proven: chance(0.5), anySize: chance(0.1), left: [], refused: [] },
    steps: chance(0.3) ? [60, 20] : undefined,
  };
  // a primary that never comes up, or is gone, keeps the way back open: that is for people
  const primary = workload();
  primary.wanted = Math.max(1, primary.wanted);
  const canary = chance(0.15) ? GONE : workload();
  const routes = Array.from({ length: pick([1, 1, 2, 3]) }, route);
  return { world: { routes, primary, canary: { ...canary } }, goal: { revision: 'previous', until: 'rest' }, known };
}

it('a route that never gets in force can be left, and the canary goes all the same', () => {
  const { world, known } = anyWorld(1);
  Object.assign(world, { routes: [{ name: 'route', intent: AT_REST, status: 'refused' }], primary: GONE });
  Object.assign(known, {
    scheduled: { route: 2, canary: 1 },
    made: { route: { what: 'route', seq: 2, at: 0 } },
    touched: false,
  });
  const rest: Goal = { revision: 'previous', until: 'rest' };
  expect(nextStep(world, rest, known).lacks).toMatchObject({ object: 'route' });
  expect(nextStep(world, rest, { ...known, left: ['route'] }).wait).toEqual({ kind: 'observe' });
});

describe('a primary', () => {
  const seen = (ready: number): World => ({
    routes: [{ name: 'route', intent: weighted(100), status: 'taken' }],
    primary: { uid: 'p', template: 'previous', mixed: false, wanted: 10, ready, updated: ready },
    canary: { uid: 'c', template: 'new', mixed: false, wanted: 10, ready: 10, updated: 10 },
  });
  const known = (more: Partial<Known> = {}): Known => ({
    ...{
      now: 0,
      epoch: 1,
      rest: AT_REST,
      found: 10,
      size: 10,
      autoscaled: true,
      touched: false,
      made: {},
      drained: false,
    },
    ...{ fails: false, leave: false, proven: true, anySize: false, left: [], refused: [] },
    ...{ scheduled: { route: 2, canary: 1 }, ...more },
  });
  const back: Goal = { revision: 'previous', until: 'rest' };
  const weightOf = (step: Step) => step.due.find((due) => due.what === 'route')?.intent.canary;

  it.each([
    [10, 0],
    [7, 30],
    [1, 90],
  ])('with %d of 10 ready pods takes users back to %d %%', (ready, weight) => {
    expect(weightOf(nextStep(seen(ready), back, known()))).toBe(weight);
  });

  it('that was touched takes none until it is whole, and all when the canary fails', () => {
    expect(weightOf(nextStep(seen(9), back, known({ touched: true })))).toBeUndefined();
    expect(weightOf(nextStep(seen(10), back, known({ touched: true })))).toBe(0);
    expect(weightOf(nextStep(seen(1), back, known({ touched: true, fails: true })))).toBe(0);
    expect(isWhole(seen(10).primary, 10)).toBe(true);
  });

  it('takes all at once when a person says so, and a canary gives up nobody to a dead one', () => {
    expect(weightOf(nextStep(seen(1), back, known({ touched: true, anySize: true })))).toBe(0);
    expect(weightOf(nextStep(seen(0), back, known({ anySize: true })))).toBeUndefined();
  });

  it('that is gone for good can be left: users stay with the canary, which keeps running', () => {
    const gone = { ...seen(0), primary: GONE };
    expect(nextStep(gone, back, known({ touched: true, left: ['primary'] }))).toMatchObject({ over: true, due: [] });
  });

  it('is not written over when somebody else changed it, or took it away', () => {
    const foreign = seen(10);
    foreign.primary.template = 'foreign';
    expect(nextStep(foreign, back, known({ touched: true })).due.map(({ object }) => object)).toEqual(['route']);
    const gone = { ...seen(0), primary: GONE };
    expect(nextStep(gone, back, known({ touched: true })).due).toEqual([]);
    expect(nextStep(gone, back, known({ touched: true })).lacks?.reason).toBe('the primary has no ready pod');
  });
});
