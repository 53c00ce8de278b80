import { describe, expect, it } from 'vitest';
import type { FreezePlan, WindowPlan } from '../../../src/contract/plan.ts';
import { windowAt } from '../../../src/contract/windows.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;
const office = (zone: string, change: Partial<WindowPlan> = {}): WindowPlan => ({
  for: ['forward'],
  days: [...DAYS],
  from: '09:00',
  to: '17:00',
  zone,
  ...change,
});
const every = (zone: string, from: string, to: string): WindowPlan =>
  office(zone, { days: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from, to });

/** `open`, or when it opens in UTC. */
function ask(at: string, windows: WindowPlan[], freezes: FreezePlan[] = []): string {
  const answer = windowAt({ windows, freezes }, 'forward', Date.parse(at));
  if (answer.open) return 'open';
  return answer.untilMs === undefined ? 'never' : new Date(answer.untilMs).toISOString().slice(0, 16);
}

describe('a window', () => {
  it.each([
    ['2026-11-26T08:00Z', 'open'], // Thursday 09:00 in Berlin
    ['2026-11-26T07:59Z', '2026-11-26T08:00'],
    ['2026-11-26T15:59Z', 'open'],
    ['2026-11-26T16:00Z', '2026-11-27T08:00'],
    ['2026-11-27T16:00Z', '2026-11-30T08:00'], // over the weekend
  ])('of office hours in Berlin, at %s: %s', (at, answer) => expect(ask(at, [office('Europe/Berlin')])).toBe(answer));

  it.each([
    // Berlin: clocks go forward on 2026-03-29 at 01:00Z, back on 2026-10-25 at 01:00Z.
    ['Europe/Berlin', '2026-03-27T20:00Z', '2026-03-30T07:00'],
    ['Europe/Berlin', '2026-10-23T20:00Z', '2026-10-26T08:00'],
    // New York: forward on 2026-03-08 at 07:00Z, back on 2026-11-01 at 06:00Z.
    ['America/New_York', '2026-03-06T23:00Z', '2026-03-09T13:00'],
    ['America/New_York', '2026-10-30T23:00Z', '2026-11-02T14:00'],
    // Lord Howe: half an hour; back on 2026-04-04 at 15:00Z, forward on 2026-10-03 at 15:30Z.
    ['Australia/Lord_Howe', '2026-04-03T20:00Z', '2026-04-05T22:30'],
    ['Australia/Lord_Howe', '2026-10-02T20:00Z', '2026-10-04T22:00'],
  ])('in %s opens by its own clock after %s', (zone, at, opens) => expect(ask(at, [office(zone)])).toBe(opens));

  it('that begins in the hour which is skipped opens with the first minute after it', () => {
    expect(ask('2026-03-28T23:30Z', [every('Europe/Berlin', '02:30', '04:00')])).toBe('2026-03-29T01:00');
    expect(ask('2026-10-03T14:00Z', [every('Australia/Lord_Howe', '02:15', '04:00')])).toBe('2026-10-03T15:30');
  });

  it('in the hour that comes twice is open both times', () => {
    const night = [every('Europe/Berlin', '02:00', '03:00')];
    expect(ask('2026-10-25T00:00Z', night)).toBe('open');
    expect(ask('2026-10-25T00:59Z', night)).toBe('open');
    expect(ask('2026-10-25T01:30Z', night)).toBe('open');
    expect(ask('2026-10-25T02:00Z', night)).toBe('2026-10-26T01:00');
  });

  it('over midnight belongs to the day it begins on', () => {
    const night = [office('Europe/Berlin', { days: ['fri'], from: '22:00', to: '06:00' })];
    expect(ask('2026-11-27T21:00Z', night)).toBe('open');
    expect(ask('2026-11-28T04:59Z', night)).toBe('open');
    expect(ask('2026-11-28T05:00Z', night)).toBe('2026-12-04T21:00');
    expect(ask('2026-11-27T04:00Z', night)).toBe('2026-11-27T21:00');
  });

  it('for another purpose closes nothing, and of several one is enough', () => {
    expect(ask('2026-11-29T12:00Z', [office('Europe/Berlin', { for: ['start'] })])).toBe('open');
    expect(ask('2026-11-26T18:00Z', [office('Europe/Berlin'), office('America/New_York')])).toBe('open');
  });
});

describe('a freeze', () => {
  const freeze: FreezePlan = { from: '2026-12-20', to: '2027-01-02', zone: 'Europe/Berlin', reason: 'holidays' };

  it('closes its days whole, whatever windows say, and says why', () => {
    expect(ask('2026-12-19T22:59Z', [], [freeze])).toBe('open');
    expect(ask('2026-12-19T23:00Z', [], [freeze])).toBe('2027-01-02T23:00');
    expect(ask('2026-12-21T12:00Z', [office('Europe/Berlin')], [freeze])).toBe('2027-01-04T08:00');
    expect(windowAt({ freezes: [freeze] }, 'start', Date.parse('2026-12-24T12:00Z'))).toMatchObject({
      reason: 'frozen until 2027-01-02 (Europe/Berlin): holidays',
    });
  });
});
