import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../../../src/plan/index.ts';
import { changed, planOf, problemsOf } from '../../../support/plan-text.ts';

const LAST = '  onNewRevision: supersede';
const more = (text: string) => changed([LAST, `${text.replace(/^/gm, '  ')}\n${LAST}`]);
const wrong = (text: string) => formatProblems(problemsOf(more(text)));

describe('approvals, windows, freezes and the limit of a pause', () => {
  it('are absent by default', () => {
    const plan = planOf(changed());
    for (const key of ['approvals', 'windows', 'freezes', 'pause'] as const) expect(plan[key]).toBeUndefined();
  });

  it('get defaults', () => {
    const plan = planOf(
      more(`approvals:
  - { before: 40, from: [ann, "group:platform"], expires: 1h, onExpiry: abort }
  - { before: promotion }
windows: [{ days: [mon, fri], from: "09:00", to: "17:00", zone: Europe/Berlin }]
freezes: [{ from: "2026-12-20", to: "2027-01-02", zone: Europe/Berlin, reason: holidays }]
pause: { limit: 2h, onLimit: resume }`),
    );
    expect(plan).toMatchObject({
      approvals: [
        {
          before: 40,
          from: ['ann', 'group:platform'],
          count: 1,
          notInitiator: true,
          expiresMs: 3_600_000,
          onExpiry: 'abort',
        },
        { before: 'promotion', from: [], onExpiry: 'hold' },
      ],
      windows: [{ for: ['start', 'forward', 'promote'], days: ['mon', 'fri'], from: '09:00', to: '17:00' }],
      freezes: [{ from: '2026-12-20', to: '2027-01-02', reason: 'holidays' }],
      pause: { limitMs: 7_200_000, onLimit: 'resume' },
    });
  });

  it.each([
    [
      'approvals: [{ before: 30 }]',
      'spec.approvals[0].before: 30 is no weight of the plan; write one of 20, 40, 60, 80, 100',
    ],
    ['approvals: [{ before: lunch }]', 'write mirror, match, traffic, promotion or a weight from 1 to 100'],
    ['approvals: [{ before: 40 }, { before: 40 }]', 'spec.approvals[1].before: 40 is in the list already'],
    ['approvals: [{ before: 40, onExpiry: proceed }]', '"proceed" never comes, as the approval does not expire'],
    ['approvals: [{ before: 40, from: [ann], count: 2 }]', '2 approvals of 1 people cannot be had'],
    [
      'windows: [{ days: [mon], from: "9:00", to: "17:00", zone: Europe/Berlin }]',
      'windows[0].from: "9:00" is not allowed here; write a time of day in quotes, for example "09:00"',
    ],
    [
      'windows: [{ days: [mon], from: "09:00", to: "17:00", zone: Europe/Berln }]',
      'windows[0].zone: "Europe/Berln" is not allowed here; write the name of a time zone',
    ],
    ['windows: [{ days: [monday], from: "09:00", to: "17:00", zone: UTC }]', 'windows[0].days[0]'],
    [
      'freezes: [{ from: "2026-12-20", to: "2026-12-19", zone: UTC }]',
      'freezes[0].to: 2026-12-19 is before 2026-12-20',
    ],
    ['freezes: [{ from: 20.12., to: "2026-12-24", zone: UTC }]', 'write a date in quotes'],
    ['pause: { limit: 1h }', 'pause.onLimit: is missing; write resume or abort'],
  ])('%s is refused with its place', (text, message) => expect(wrong(text)).toContain(message));

  it('an approval before a mirror that the plan does not have is refused', () => {
    const text = changed(
      ['  mirror: { percent: 100, every: 1m, iterations: 10 }\n', ''],
      [LAST, `  approvals: [{ before: mirror }]\n${LAST}`],
    );
    expect(formatProblems(problemsOf(text))).toContain('spec.approvals[0].before: the plan has no mirror');
  });
});
