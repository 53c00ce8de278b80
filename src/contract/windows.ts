/**
 * When a plan lets a rollout start, go forward or promote. Pure, but it asks the time-zone data of the machine, which may differ from
 * worker to worker: workflows ask an activity instead of calling this.
 */
import type { FreezePlan, WindowPlan, WindowPurpose } from './plan.ts';

export type WindowAnswer =
  | { open: true }
  /** `untilMs`: when it opens; absent: not within a year. */
  | { open: false; untilMs?: number; reason: string };

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** How far ahead an opening is looked for. */
const HORIZON_DAYS = 370;
/** No time zone skips more than this at once. */
const LONGEST_GAP_MINUTES = 180;

export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** Whether `purpose` is allowed at a moment, and otherwise from when on. */
export function windowAt(
  { windows = [], freezes = [] }: { windows?: WindowPlan[]; freezes?: FreezePlan[] },
  purpose: WindowPurpose,
  atMs: number,
): WindowAnswer {
  const own = windows.filter((window) => window.for.includes(purpose));
  const reason = closedBecause(own, freezes, atMs);
  if (reason === undefined) return { open: true };
  const isOpen = (ms: number) => closedBecause(own, freezes, ms) === undefined;
  const first = candidates(own, freezes, atMs).find(isOpen);
  return { open: false, reason, ...(first !== undefined && { untilMs: earliest(first, atMs, isOpen) }) };
}

function closedBecause(windows: WindowPlan[], freezes: FreezePlan[], atMs: number): string | undefined {
  const frozen = freezes.find((freeze) => isFrozen(freeze, atMs));
  if (frozen) return `frozen until ${frozen.to} (${frozen.zone})${frozen.reason ? `: ${frozen.reason}` : ''}`;
  if (windows.length === 0 || windows.some((window) => isWithin(window, atMs))) return undefined;
  return `outside its windows: ${windows.map(describe).join(', ')}`;
}

function describe({ days, from, to, zone }: WindowPlan): string {
  return `${days.join(' ')} ${from}–${to} ${zone}`;
}

/** A window that ends at or before its beginning ends on the day after. */
function isWithin({ days, from, to, zone }: WindowPlan, atMs: number): boolean {
  const { weekday, minutes } = localTime(atMs, zone);
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  const on = (day: number) => days.includes(WEEKDAYS[(day + 7) % 7] as (typeof WEEKDAYS)[number]);
  if (begin < end) return on(weekday) && minutes >= begin && minutes < end;
  return (on(weekday) && minutes >= begin) || (on(weekday - 1) && minutes < end);
}

/** From the beginning of the first day to the end of the last one. */
function isFrozen({ from, to, zone }: FreezePlan, atMs: number): boolean {
  const { date } = localTime(atMs, zone);
  return date >= from && date <= to;
}

/** Moments at which something may open, in order. */
function candidates(windows: WindowPlan[], freezes: FreezePlan[], atMs: number): number[] {
  const moments = freezes.map(({ to, zone }) => instantOf(dayAfter(to), 0, zone));
  for (const { from, zone } of windows) {
    for (let day = -1; day <= HORIZON_DAYS; day += 1)
      moments.push(instantOf(localTime(atMs + day * DAY_MS, zone).date, minutesOf(from), zone));
  }
  return moments.filter((ms) => ms > atMs).toSorted((a, b) => a - b);
}

/** A time that a change of the clocks skips opens with the first minute after it. */
function earliest(found: number, atMs: number, isOpen: (ms: number) => boolean): number {
  let first = found;
  for (let step = 0; step < LONGEST_GAP_MINUTES; step += 1) {
    const before = first - MINUTE_MS;
    if (before <= atMs || !isOpen(before)) break;
    first = before;
  }
  return first;
}

interface LocalTime {
  /** `2026-10-25` */
  date: string;
  /** 0 is Sunday. */
  weekday: number;
  /** Since midnight. */
  minutes: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(atMs: number, zone: string): LocalTime {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const date = `${parts.year}-${parts.month}-${parts.day}`;
  return {
    date,
    weekday: new Date(`${date}T00:00:00Z`).getUTCDay(),
    minutes: Number(parts.hour) * 60 + Number(parts.minute),
  };
}

/** The moment of a local time: of two the first, of one that is skipped one beside the gap. */
function instantOf(date: string, minutes: number, zone: string): number {
  const wanted = Date.parse(`${date}T00:00:00Z`) + minutes * MINUTE_MS;
  const offset = (ms: number) => {
    const local = localTime(ms, zone);
    return Date.parse(`${local.date}T00:00:00Z`) + local.minutes * MINUTE_MS - Math.floor(ms / MINUTE_MS) * MINUTE_MS;
  };
  const guesses = [wanted - offset(wanted - DAY_MS), wanted - offset(wanted + DAY_MS)].toSorted((a, b) => a - b);
  return guesses.find((ms) => ms + offset(ms) === wanted) ?? (guesses[1] as number);
}

function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}
