import { describe, expect, test } from 'vitest';
import { type AuditFile, auditFile, readAuditFile } from '../../../src/audit/index.ts';
import { verifyFile } from '../../../src/audit/verify.ts';
import { edit, foundIn, type Judged, placesOf, runOfToday } from '../../support/audit.ts';

const { own, ...run } = await runOfToday('v0.1.0-aborted');
const whole = auditFile([run], own);
/** Has other code, so that nothing is re-executed: that is the replay tier's. */
const other = { ...own, bundle: 'b'.repeat(64) };
const [interval = 0] = placesOf(run.events, 'ACTIVITY_TASK_COMPLETED', 'checkInterval');

describe('a change in the file is found and named', () => {
  const events = (file: AuditFile) => file.runs[0]?.events ?? [];
  const eventsOf = (file: AuditFile) => events(file).map(({ event }) => event);
  test('nothing was', async () => {
    expect(await verifyFile(whole, other)).toEqual({ findings: [] });
  });

  test.each<[string, (file: AuditFile) => void, (string | RegExp)[]]>([
    [
      'a number that decided',
      (file) => edit<Judged>(eventsOf(file)[interval], (result) => Object.assign(result, { requests: 5 })),
      [`${interval + 1} hash`, /told\.records\[\d+\]\.saw\.requests: .* its history says 5/],
    ],
    [
      'a verdict in what is told',
      (file) => Object.assign(file.told.records[20]?.saw ?? {}, { verdict: 'fail' }),
      [/saw\.verdict: the file says "fail"; its history says "pass"/],
    ],
    [
      'a cut tail',
      (file) => events(file).splice(-8),
      [/^file events\[0\]: the file says \d+; it was made with \d+$/, 'file head'],
    ],
    [
      'another plan',
      (file) => Object.assign(file.told.plan?.shift ?? {}, { weights: [100] }),
      [/told\.plan\.shift\.weights\[0\]: the file says 100; its history says 20/],
    ],
    [
      'an event put in',
      (file) => events(file).splice(9, 0, structuredClone(events(file)[8] as never)),
      ['10 eventId: the file says "9"; in its place is "10"', '9 hash'],
    ],
    [
      'an event left out',
      (file) => events(file).splice(9, 1),
      ['10 eventId: the file says "11"; in its place is "10"', '11 hash'],
    ],
    [
      'events in another order',
      (file) => events(file).splice(9, 2, ...events(file).slice(9, 11).reverse()),
      ['10 eventId', '10 hash'],
    ],
    [
      'another outcome',
      (file) => Object.assign(file.told.outcome ?? {}, { kind: 'promoted' }),
      ['file told.outcome.kind: the file says "promoted"; its history says "aborted"'],
    ],
    [
      'another version',
      (file) => Object.assign(file, { sluice: '9.9.9' }),
      ['file head', 'file sluice: the file says "9.9.9"; its history says "0.1.0"'],
    ],
    [
      'another bundle',
      (file) => Object.assign(file, { bundle: 'a'.repeat(64) }),
      ['file head', /file bundle: .* its history says/],
    ],
    [
      'another workflow',
      (file) => Object.assign(file, { workflow: 'rollout/local/demo/other' }),
      ['file head', /file workflow: .* its history says "rollout/],
    ],
    [
      'somebody else who did it',
      (file) => Object.assign(file.told.records.find(({ what }) => what === 'pause') ?? {}, { who: 'eve · cli' }),
      [/told\.records\[\d+\]\.who: the file says "eve · cli"; its history says "mo · cli/],
    ],
    ['a later export', (file) => Object.assign(file, { exportedAt: '2027-01-01T00:00:00Z' }), ['file head']],
    [
      'a field that Temporal does not know',
      (file) => Object.assign(eventsOf(file)[3] ?? {}, { note: 'approved' }),
      ['4 event.note: the file says "approved"; Temporal would write nothing'],
    ],
  ])('%s', async (_name, change, expected) => {
    const file = structuredClone(whole);
    change(file);
    const found = await foundIn(file, other);
    for (const one of expected)
      expect(found).toContainEqual(typeof one === 'string' ? expect.stringContaining(one) : expect.stringMatching(one));
  });
});

test.each([
  ['no json', 'it is no JSON'],
  ['{}', 'format is not as sluice-audit/1 has it'],
  [JSON.stringify({ ...whole, sluice: '1.0.0; rm -rf /' }), 'sluice is not as sluice-audit/1 has it'],
  [JSON.stringify({ ...whole, code: 'x' }), 'code is not as sluice-audit/1 has it'],
])('%.20s… is no audit file', (text, expected) => {
  expect(readAuditFile(text)).toBe(expected);
});
