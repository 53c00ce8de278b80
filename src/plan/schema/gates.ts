import { z } from 'zod';
import { WEEKDAYS } from '../../contract/windows.ts';
import { expects, showValue } from '../wording.ts';
import { duration, flag, shortText, whole } from './scalars.ts';
import { list, rule, section } from './section.ts';

const MAX_APPROVERS = 20;

const before = z.union([z.enum(['mirror', 'match', 'traffic', 'promotion']), z.number().int().min(1).max(100)], {
  error: expects('mirror, match, traffic, promotion or a weight from 1 to 100'),
});

const approver = shortText('a name, or a group as group:platform', 128);

const approval = section({
  before: before.describe(
    'What waits: the mirror, the first users who match, the first live weight, a weight in percent, or the upgrade of the primary',
  ),
  from: list(approver, 'a list of names and groups, for example [mo, "group:platform"]')
    .default([])
    .describe('Who may; empty: anybody who proves who asks'),
  count: whole(1, MAX_APPROVERS, 1).default(1).describe('How many different people'),
  notInitiator: flag.default(true).describe('Who delivered the version does not count'),
  expires: duration('1h', { min: '1s', max: '720h' }).optional().describe('How long it waits; default: for ever'),
  onExpiry: z
    .enum(['hold', 'abort', 'proceed'], { error: expects('hold, abort or proceed') })
    .default('hold')
    .describe('What comes then'),
}).check(
  rule(['expires', 'onExpiry'], ({ expires, onExpiry }, report) => {
    if (expires === undefined && onExpiry !== 'hold')
      report(
        ['onExpiry'],
        `${showValue(onExpiry)} never comes, as the approval does not expire`,
        'write expires, for example 1h',
      );
  }),
  rule(['from', 'count'], ({ from, count }, report) => {
    const people = from.every((name) => !name.startsWith('group:'));
    if (from.length > 0 && people && count > from.length)
      report(['count'], `${count} approvals of ${from.length} people cannot be had`, `write at most ${from.length}`);
  }),
);

export const approvals = list(approval, 'a list of approvals, for example [{ before: promotion, from: [mo] }]', {
  max: 20,
});

const zone = z
  .string({ error: expects('a time zone, for example Europe/Berlin') })
  .refine(isZone, { error: expects('the name of a time zone, for example Europe/Berlin') });

/** The machine's own list, so that a zone which a worker cannot know is refused here. */
function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

const timeError = expects('a time of day in quotes, for example "09:00"');
const time = z.string({ error: timeError }).regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: timeError });

const dateError = expects('a date in quotes, for example "2026-12-20"');
const date = z.iso.date({ error: dateError });

export const windows = list(
  section({
    for: list(
      z.enum(['start', 'forward', 'promote'], { error: expects('start, forward or promote') }),
      'a list of start, forward, promote',
      { min: 1 },
    )
      .default(['start', 'forward', 'promote'])
      .describe('What the window is for'),
    days: list(
      z.enum([...WEEKDAYS], { error: expects('a weekday: mon, tue, wed, thu, fri, sat or sun') }),
      'a list of weekdays, for example [mon, tue]',
      { min: 1, max: 7 },
    ).describe('Weekdays on which it begins'),
    from: time.describe('Begin, local time'),
    to: time.describe('End; at or before the begin: on the day after'),
    zone: zone.describe('Time zone'),
  }),
  'a list of windows, for example [{ days: [mon], from: "09:00", to: "17:00", zone: Europe/Berlin }]',
  { max: 50 },
);

export const freezes = list(
  section({
    from: date.describe('First day'),
    to: date.describe('Last day'),
    zone: zone.describe('Time zone'),
    reason: shortText('a reason', 256).optional().describe('Shown to people who wait'),
  }).check(
    rule(['from', 'to'], ({ from, to }, report) => {
      if (to < from) report(['to'], `${to} is before ${from}`, `write ${from} or a later day`);
    }),
  ),
  'a list of freezes, for example [{ from: "2026-12-20", to: "2027-01-02", zone: Europe/Berlin }]',
  { max: 100 },
);

export const pause = section({
  limit: duration('1h', { min: '1s', max: '720h' }).describe('How long a pause may last'),
  onLimit: z.enum(['resume', 'abort'], { error: expects('resume or abort') }).describe('What comes then'),
});

/** An approval before something that the plan does not do would never be asked for. */
export function approvalProblem(
  { before }: { before: string | number },
  { mirror, match, weights }: { mirror: boolean; match: boolean; weights: readonly number[] },
): { message: string; remedy: string } | undefined {
  if (before === 'mirror' && !mirror)
    return { message: 'the plan has no mirror', remedy: 'write traffic, a weight or promotion' };
  if (before === 'match' && !match)
    return { message: 'the plan has no stage with match', remedy: 'write traffic, a weight or promotion' };
  if (typeof before !== 'number' || weights.includes(before)) return undefined;
  return { message: `${before} is no weight of the plan`, remedy: `write one of ${weights.join(', ')}` };
}
