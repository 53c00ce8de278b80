/**
 * What is due next on the way to rest, or what is waited for: decided from the world as it is, whatever happened before (order rules
 * 1, 4, 8, 11 and 12). Pure; docs/architecture/next-step.md lists every class of world with its step.
 */
import { carrierSize } from '../../contract/capacity.ts';
import type { WriteObject } from '../../contract/fence.ts';
import {
  hasUsers,
  leadsToCanary,
  type RouteIntent,
  sameIntent,
  weighted,
  withAffinity,
} from '../../contract/intent.ts';
import { plural } from '../../contract/words.ts';
import { holds, isWhole, type RouteSeen, type WaitCondition, type World } from '../../contract/world.ts';
import type { Due, Goal, Known, Lack, Step, Wait } from './step.ts';

/** A write that has no effect yet is made again after this time, ms. */
const ASSERT_AGAIN_MS = 30_000;

/** An untouched primary that shrank takes users back in steps of at least so many percent. */
const LEAST_STEP = 10;

interface Users {
  /** Nobody is on the canary, nothing is copied to it, and every route says so. */
  back: boolean;
  intent?: RouteIntent;
  wait?: Wait;
  sentence: string;
  lacks?: Lack;
}

/** Users first; whatever else is due goes at the same time, and nothing waits for it. */
export function nextStep(world: World, goal: Goal, known: Known): Step {
  const step = decide(world, goal, known);
  if (step.wait?.kind !== 'change') return step;
  // what holds already would end the wait at once
  return { ...step, wait: { ...step.wait, until: step.wait.until.filter((condition) => !holds(condition, world)) } };
}

function decide(world: World, goal: Goal, known: Known): Step {
  const users = usersNext(world, goal, known);
  const due: Due[] = [
    ...(users.intent ? [{ object: 'route' as const, what: 'route' as const, intent: users.intent }] : []),
    ...primaryDue(world, goal, known, users.back),
  ];
  if (!users.back || goal.until === 'users') {
    return { due, wait: users.wait, sentence: users.sentence, lacks: users.lacks, over: users.back };
  }
  return atRest(world, goal, known, due);
}

/** Users are on the primary: what is left is its size and its minimum, and the canary. */
function atRest(world: World, goal: Goal, known: Known, due: Due[]): Step {
  const canary = canaryNext(world, known);
  const all = [
    ...due,
    ...(due.length > 0 ? [] : sizeDue(world, known)),
    ...boundsDue(goal, known),
    ...(canary.due ?? []),
  ];
  const whole = isBroughtBack(world, goal, known);
  const over = all.length === 0 && canary.wait === undefined && whole;
  const whenWhole: Wait = { kind: 'change', until: [ready('updated', sizeOf(known))], check: false };
  const wait = all.length > 0 || over ? undefined : (canary.wait ?? whenWhole);
  const sentence = canary.sentence ?? 'Waiting for the primary.';
  return { due: all, wait, sentence, lacks: canary.lacks ?? (whole ? undefined : lacksPods(world, known)), over };
}

function usersNext(world: World, goal: Goal, known: Known): Users {
  const routes = world.routes.filter(({ gone }) => !gone);
  if (!isReached(world, known) || staysRouted(world, known) || routes.every((route) => isBack(route, known)))
    return { back: true, sentence: 'Live traffic is on the primary.' };
  const weight = Math.max(...routes.map(canaryWeight));
  const back: Users = { back: false, intent: known.rest, sentence: 'Returning all live traffic to the primary.' };
  if (!routes.some(({ intent }) => !intent || hasUsers(intent))) return back;
  if (world.primary.ready === 0) return deadPrimary(world, known, weight);
  if (known.fails || known.leave || known.anySize || world.canary.ready === 0) return back;
  return returnToReady(world, goal, known, weight) ?? back;
}

/** The canary serves well, so users stay on it for as long as the primary cannot take them (order rule 4). */
function returnToReady(world: World, goal: Goal, known: Known, weight: number): Users | undefined {
  const { primary } = world;
  const touched = known.touched || primary.template === other(goal.revision);
  const needed = touched ? known.size : carrierSize(known.found, weight);
  const enough = touched
    ? isWhole(primary, needed) && primary.template !== other(goal.revision)
    : primary.ready >= needed;
  // a late upgrade is stopped first, unless that is refused
  const mayCome = touched && isUnsettled('primary', known, primary.fence) && !known.refused.includes('primary');
  if (touched && (!enough || mayCome)) return stay(world, known, needed, 'updated');
  // no share between all and nobody is to be had
  if (known.whole) return enough ? undefined : stay(world, known, needed, 'ready');
  if (known.watching === weight)
    return { ...stay(world, known, needed, 'ready'), wait: { kind: 'interval' }, lacks: undefined };
  const step = known.steps?.find((planned) => planned < weight) ?? 0;
  // an untouched primary that shrank takes the share for which it has pods
  const share = enough ? 100 : Math.floor((primary.ready * 10) / needed) * 10;
  const next = Math.max(step, 100 - share);
  // a step back must be one on every route
  const least = Math.min(...world.routes.filter(({ gone }) => !gone).map(({ intent }) => intent?.canary ?? 0));
  if (next === 0 || (enough && next > least)) return undefined;
  if (next > least) return stay(world, known, needed, 'ready');
  if (next > weight - LEAST_STEP && next !== step) {
    const forNext = Math.ceil((needed * (100 - weight + LEAST_STEP)) / 100);
    return stay(world, known, Math.min(needed, forNext), 'ready');
  }
  return {
    back: false,
    intent: withAffinity(weighted(next), known.keep),
    sentence: `Going back in steps: ${next} % of the users stay on the canary.`,
  };
}

function stay(world: World, known: Known, needed: number, count: 'ready' | 'updated'): Users {
  const until: WaitCondition[] = [ready(count, needed), { side: 'canary', below: 1 }];
  // some of the users are on it, or would be again
  if (world.primary.ready > 0) until.push({ side: 'primary', below: 1 });
  return {
    back: false,
    wait: { kind: 'change', until, check: true },
    sentence: `Users stay on the canary until the primary has ${plural(needed, 'ready pod')}.`,
    lacks: lacksPods(world, known),
  };
}

/** Nobody can return. Those who are on the dead side go to a canary that can carry all, and has shown that it does (order rule 12). */
function deadPrimary({ canary }: World, known: Known, weight: number): Users {
  const carries = canary.ready >= Math.max(1, known.found) && known.proven && !known.fails;
  const intent = weight < 100 && carries ? withAffinity(weighted(100), known.keep) : undefined;
  const until: WaitCondition[] = [ready('ready', 1)];
  if (weight < 100 && !carries)
    until.push({ side: 'canary', count: 'ready', atLeast: Math.max(canary.ready + 1, known.found) });
  return {
    back: false,
    intent,
    wait: { kind: 'change', until, check: canary.ready > 0 && !known.fails },
    sentence: intent
      ? 'The primary has no ready pod: everybody goes to the canary.'
      : 'Waiting for a ready primary pod.',
    lacks: { object: 'primary', reason: 'the primary has no ready pod' },
  };
}

function primaryDue(world: World, goal: Goal, known: Known, back: boolean): Due[] {
  const { primary } = world;
  if (primary.uid === undefined || known.left.includes('primary')) return [];
  const weight = Math.max(0, ...world.routes.filter(({ gone }) => !gone).map(canaryWeight));
  const replicas = known.touched ? known.size : carrierSize(known.found, weight);
  const write = (what: 'restore' | 'grow' | 'fence'): Due[] => [{ object: 'primary', what, replicas }];
  if (goal.revision === 'previous' && primary.template === 'new')
    return isFresh('restore', known) ? [] : write('restore');
  if (isUnsettled('primary', known, primary.fence)) return write('fence');
  const shrunk = primary.wanted < replicas;
  return shrunk && !(back && !known.touched) && !isFresh('grow', known) ? write('grow') : [];
}

/** Without an HPA, a primary that grew for the users has its size again. */
function sizeDue({ primary }: World, known: Known): Due[] {
  const grew = known.scheduled.primary !== undefined && primary.wanted > known.found;
  const needless = known.autoscaled || known.left.includes('primary') || known.made.primary?.what === 'shrink';
  return grew && !needless ? [{ object: 'primary', what: 'shrink', replicas: known.found }] : [];
}

/** What we raised is lowered again. */
function boundsDue({ revision }: Goal, { scheduled, made, left }: Known): Due[] {
  const object = 'primary-autoscaler';
  const what = revision === 'new' ? 'planned' : 'found';
  const last = made[object];
  const done = last?.what === what && last.seq >= (scheduled[object] ?? 0);
  return scheduled[object] === undefined || done || left.includes(object) ? [] : [{ object, what }];
}

/** Route away, in force, seen, drained, and only then scaled down (order rule 1). */
function canaryNext(world: World, known: Known): Partial<Step> {
  const { canary, routes } = world;
  const { scheduled, made, left } = known;
  // a route that was left and leads to it keeps it running
  const kept = left.includes('canary') || (staysRouted(world, known) && routes.some((route) => mayLead(route)));
  if (kept) return {};
  const over = scheduled.canary === undefined || canary.uid === undefined;
  if (over || (canary.wanted === 0 && made.canary?.what === 'zero')) return { due: removalDue(known) };
  const unsure = left.includes('route')
    ? undefined
    : routes.find(({ status }) => status === 'pending' || status === 'refused');
  if (unsure)
    return {
      wait: { kind: 'change', until: [{ routes: 'taken' }], check: false },
      sentence: 'Waiting until the routes are in force.',
      lacks: {
        object: 'route',
        reason: `${unsure.name} is ${unsure.status === 'pending' ? 'not in force yet' : 'refused by its implementation'}`,
      },
    };
  if (scheduled.route !== undefined && known.away !== 'away' && known.away !== 'notObserved')
    return {
      wait: { kind: 'observe' },
      sentence: 'Waiting until nothing is routed to the canary any more.',
      lacks:
        known.away === 'stillRouted'
          ? { object: 'canary', reason: 'requests are still routed to the canary, so it keeps running' }
          : undefined,
    };
  if (scheduled.route !== undefined && !known.drained)
    return { wait: { kind: 'drain' }, sentence: 'Letting connections to the canary drain.' };
  return { due: [{ object: 'canary', what: 'zero' }], sentence: 'Scaling the canary to zero.' };
}

function removalDue({ scheduled, made, left }: Known): Due[] {
  const needless = scheduled.destinations === undefined || made.destinations?.what === 'remove';
  return needless || left.includes('destinations') ? [] : [{ object: 'destinations', what: 'remove' }];
}

/** A primary that we wrote has all its pods again; one that others changed, or took away, is theirs. */
function isBroughtBack({ primary }: World, goal: Goal, known: Known): boolean {
  if (!known.touched || primary.uid === undefined || known.left.includes('primary')) return true;
  if (primary.template === 'foreign') return true;
  return primary.template === goal.revision && isWhole(primary, 0);
}

/** It says so, and no write that nobody has seen is on its way to it. */
function isBack(route: RouteSeen, known: Known): boolean {
  if (isUnsettled('route', known, route.fence)) return false;
  return route.intent !== undefined && sameIntent(route.intent, known.rest);
}

/** The canary may have got requests, by our writes or by somebody else's. */
function isReached({ routes }: World, { scheduled }: Known): boolean {
  const led = routes.some(({ intent }) => intent !== undefined && leadsToCanary(intent));
  return scheduled.route !== undefined || (led && scheduled.canary !== undefined);
}

/** A person leaves the routes as they are, or a primary to which nobody can return. */
function staysRouted({ primary }: World, { left }: Known): boolean {
  return left.includes('route') || (left.includes('primary') && primary.ready === 0);
}

function mayLead({ gone, intent }: RouteSeen): boolean {
  return !gone && (intent === undefined || leadsToCanary(intent));
}

/** What nobody can read counts as everybody. */
function canaryWeight({ intent }: RouteSeen): number {
  return intent ? intent.canary : 100;
}

/** Size that the primary needs on the way back. */
function sizeOf({ touched, size, found }: Known): number {
  return touched ? size : found;
}

/** A write may have been made that nobody has seen. */
function isUnsettled(
  object: WriteObject,
  { scheduled, made, epoch }: Known,
  fence?: { epoch: number; seq: number },
): boolean {
  const stored = fence?.epoch === epoch ? fence.seq : 0;
  return (scheduled[object] ?? 0) > Math.max(stored, made[object]?.seq ?? 0);
}

/** It was made a moment ago, and takes its time. */
function isFresh(what: Due['what'], { made, now }: Known): boolean {
  const last = made.primary;
  return last?.what === what && now - last.at < ASSERT_AGAIN_MS;
}

function lacksPods({ primary }: World, known: Known): Lack {
  if (primary.uid === undefined) return { object: 'primary', reason: 'the primary does not exist' };
  const reason = `the primary has ${primary.updated} of ${plural(Math.max(sizeOf(known), primary.wanted), 'ready pod')}`;
  return { object: 'primary', reason };
}

function ready(count: 'ready' | 'updated', atLeast: number): WaitCondition {
  return { side: 'primary', count, atLeast };
}

function other(revision: Goal['revision']): Goal['revision'] {
  return revision === 'new' ? 'previous' : 'new';
}
