/** One lane for each recipient: what waits goes out in order, and whoever cannot be reached holds up nobody else. Pure. */
import { type NotifyResult, type Recipient, showsRollouts } from '../../contract/notice.ts';
import type { Duty, Lane, NoticesState } from './state.ts';
import { FIRST_LOOK_MS, FIRST_RETRY_MS, LONGEST_LOOK_MS, LONGEST_RETRY_MS, MOST_WAITING, TRIED_MS } from './terms.ts';

/** One message for all who are owed the same. */
export interface Letter {
  lanes: Lane[];
  duties: Duty[];
}

/** The lanes of those whom news are for. */
export function lanesOf(state: NoticesState): Lane[] {
  return state.recipients.map((to) => {
    const known = state.lanes.find((lane) => isSame(lane.to, to));
    const lane = known ?? { to, waiting: [], busy: false, tries: 0, nextAt: 0 };
    if (!known) state.lanes.push(lane);
    return lane;
  });
}

export function owe(state: NoticesState, duty: Duty, lanes: readonly Lane[]): void {
  state.duties.push(duty);
  for (const lane of lanes) {
    lane.waiting.push(duty.id);
    const [oldest] = lane.waiting;
    if (lane.gone) giveUp(state, lane, [...lane.waiting], lane.gone);
    else if (oldest && !lane.busy && lane.waiting.length > MOST_WAITING)
      giveUp(state, lane, [oldest], 'too many messages wait');
  }
}

/** Whoever shows rollouts as they go looks now. */
export function lookNow(state: NoticesState, now: number): void {
  for (const lane of lanesOf(state)) if (showsRollouts(lane.to)) lane.look = { at: now, everyMs: FIRST_LOOK_MS };
}

/** The messages that are due, their lanes marked as busy. */
export function takeLetters(state: NoticesState, now: number): Letter[] {
  const letters = new Map<string, Letter>();
  for (const lane of state.lanes) {
    if (lane.busy || dueAt(lane) > now) continue;
    lane.busy = true;
    const ids = batchOf(lane, state);
    const { channel, address } = lane.to;
    const key = [channel, channel === 'email' ? '' : address, ...ids].join('\n');
    const letter = letters.get(key) ?? { lanes: [], duties: state.duties.filter(({ id }) => ids.includes(id)) };
    // a look that is asked for from now on is one more
    if (lane.look) lane.look = { ...lane.look, at: now + lane.look.everyMs };
    letter.lanes.push(lane);
    letters.set(key, letter);
  }
  return [...letters.values()];
}

/** ms; infinite: it has nothing to do. */
function dueAt({ waiting, nextAt, look }: Lane): number {
  return Math.max(nextAt, waiting.length > 0 ? 0 : (look?.at ?? Number.POSITIVE_INFINITY));
}

/** One after the other; after an outage all that has piled up, in Slack of one rollout. */
function batchOf({ to, perhaps, piled, waiting }: Lane, { duties }: NoticesState): string[] {
  if (perhaps) return perhaps;
  if (!piled) return waiting.slice(0, 1);
  const about = (id: string | undefined) => duties.find((duty) => duty.id === id)?.delivery;
  const other = waiting.findIndex((id) => about(id) !== about(waiting[0]));
  return to.channel === 'slack' && other > 0 ? waiting.slice(0, other) : [...waiting];
}

/** What became of a letter. */
export function settle(state: NoticesState, { lanes, duties }: Letter, result: NotifyResult, now: number): void {
  const ids = duties.map(({ id }) => id);
  for (const lane of lanes) {
    lane.busy = false;
    keepCard(lane, result, now);
    const refused = result.refused.find(({ to }) => isSame(to, lane.to));
    const later = result.later.find(({ to }) => isSame(to, lane.to));
    if (later) delay(lane, later, ids, now);
    else {
      if (refused?.gone) lane.gone = refused.reason;
      const never = refused?.gone ? [...lane.waiting] : ids;
      if (refused && never.length > 0) giveUp(state, lane, never, refused.reason);
      done(lane, ids);
    }
  }
}

/** What is shown now, and when it is looked at next. */
function keepCard(lane: Lane, { card, over, later }: NotifyResult, now: number): void {
  if (!showsRollouts(lane.to)) return;
  const changed = card?.shown !== lane.card?.shown;
  lane.card = card ?? lane.card;
  const away = later.length > 0 && lane.trouble && now - lane.trouble.since > TRIED_MS;
  if ((over && later.length === 0) || away) lane.look = undefined;
  if (!lane.look) return;
  const everyMs = changed ? FIRST_LOOK_MS : Math.min(LONGEST_LOOK_MS, 2 * lane.look.everyMs);
  lane.look = { at: Math.min(lane.look.at, now + everyMs), everyMs };
}

function delay(lane: Lane, later: NotifyResult['later'][number], ids: string[], now: number): void {
  const { reason, perhaps, afterMs = 0 } = later;
  lane.trouble = { since: lane.trouble?.since ?? now, reason };
  lane.nextAt = now + Math.max(afterMs, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** lane.tries));
  lane.tries += 1;
  lane.piled = true;
  if (lane.to.channel === 'slack') lane.again ||= perhaps;
  // a try that surely failed says nothing about the one before it
  else if (perhaps || lane.perhaps) lane.perhaps = ids;
}

function done(lane: Lane, ids: readonly string[]): void {
  remove(lane, ids);
  Object.assign(lane, {
    tries: 0,
    nextAt: 0,
    trouble: undefined,
    again: undefined,
    piled: lane.piled && lane.waiting.length > 0,
  });
}

function remove(lane: Lane, ids: readonly string[]): void {
  const left = (list: readonly string[] = []) => list.filter((id) => !ids.includes(id));
  lane.waiting = left(lane.waiting);
  const perhaps = left(lane.perhaps);
  lane.perhaps = perhaps.length > 0 ? perhaps : undefined;
}

/** They are not told any more, and that is said. */
function giveUp({ duties }: NoticesState, lane: Lane, ids: readonly string[], reason: string): void {
  const first = duties.find(({ id }) => id === ids[0]);
  const { since = Date.parse(first?.at ?? ''), messages = 0 } = lane.lost ?? {};
  lane.lost = { since, messages: messages + ids.length, reason };
  remove(lane, ids);
}

/** What was tried for long enough. */
export function giveUpLate(state: NoticesState, now: number): void {
  const late = state.duties.filter(({ until }) => until <= now).map(({ id }) => id);
  for (const lane of state.lanes) {
    const ids = lane.waiting.filter((id) => late.includes(id));
    if (!lane.busy && ids.length > 0) giveUp(state, lane, ids, lane.trouble?.reason ?? 'nobody tried');
  }
}

/** Before somebody was told of a duty it can be taken back. @returns whether it was there to be taken */
export function takeBack(lane: Lane, id: string): boolean {
  const may = !lane.busy && !lane.perhaps?.includes(id) && lane.waiting.includes(id);
  if (may) remove(lane, [id]);
  return may;
}

/** Keeps what somebody is still owed, and whole views only of what would go out as a message of its own. */
export function tidy(state: NoticesState): void {
  const owed = new Set(state.lanes.flatMap(({ waiting }) => waiting));
  const whole = new Set(state.lanes.flatMap((lane) => (lane.piled ? alone(batchOf(lane, state)) : lane.waiting)));
  state.duties = state.duties
    .filter(({ id }) => owed.has(id))
    .map(({ view, ...duty }) => (view && whole.has(duty.id) ? { ...duty, view } : duty));
}

function alone(batch: string[]): string[] {
  return batch.length === 1 ? batch : [];
}

/** When a lane has something to do, ms; infinite: never. */
export function nextTry({ lanes, duties }: NoticesState): number {
  const times = lanes.flatMap((lane) => {
    if (lane.busy) return [];
    const first = duties.find(({ id }) => id === lane.waiting[0]);
    return [dueAt(lane), first?.until ?? dueAt(lane)];
  });
  return Math.min(Number.POSITIVE_INFINITY, ...times);
}

function isSame(a: Recipient, b: Recipient): boolean {
  return a.channel === b.channel && a.address === b.address;
}
