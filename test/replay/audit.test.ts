/** Audit files in which somebody has changed something and computed the whole chain anew. */
import { describe, expect, test } from 'vitest';
import { auditFile } from '../../src/audit/index.ts';
import { verifyFile } from '../../src/audit/verify.ts';
import type { Action } from '../../src/contract/action.ts';
import type { EventJson } from '../../src/temporal/chain.ts';
import { attributesOf, edit, encoded, foundIn, type Judged, placesOf, runOfToday } from '../support/audit.ts';

const { own, ...aborted } = await runOfToday('v0.1.0-aborted');
const whole = auditFile([aborted], own);

const [interval = 0, interval2 = 0] = placesOf(aborted.events, 'ACTIVITY_TASK_COMPLETED', 'checkInterval');
const [route = 0] = placesOf(aborted.events, 'ACTIVITY_TASK_SCHEDULED', 'route');
const [news = 0] = placesOf(aborted.events, 'ACTIVITY_TASK_SCHEDULED', 'handOverNews');
const [, pause = 0, resume = 0] = placesOf(aborted.events, 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED');
const end = aborted.events.length - 1;

interface Ended {
  outcome: { kind: string };
}

function renumber(events: EventJson[]): void {
  for (const [at, event] of events.entries()) event.eventId = String(at + 1);
}

test('what was exported verifies, and says how much of it was decided again', async () => {
  const { outcome } = whole.told;
  expect(await verifyFile(whole, own, { head: outcome?.head })).toEqual({
    findings: [],
    executed: { compared: 79, others: 0 },
  });
  expect(outcome).toMatchObject({
    kind: 'aborted',
    event: news + 1,
    told: true,
    head: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

describe('a change is found although the whole chain was computed anew', () => {
  test.each<[string, (events: EventJson[]) => void, string | RegExp]>([
    [
      'another outcome',
      (events) => edit<Ended>(events[end], ({ outcome }) => (outcome.kind = 'promoted')),
      `${end + 1} result.outcome.kind: the file says "promoted"; the workflow code, re-executed, says "aborted"`,
    ],
    [
      'another outcome told',
      (events) => edit<{ view: Ended }>(events[news], ({ view }) => (view.outcome.kind = 'promoted')),
      `${news + 1} input.view.outcome.kind`,
    ],
    [
      'another plan',
      (events) =>
        edit<{ offer: { plan: { shift: { weights: number[] } } } }>(
          events[0],
          ({ offer }) => (offer.plan.shift.weights = [50, 100]),
        ),
      /^\d+ input\.offer\.plan\.shift\.weights\[0\]: the file says 20; .* says 50/,
    ],
    [
      'another write',
      (events) => edit<{ intent: { mirror: number } }>(events[route], ({ intent }) => (intent.mirror = 10)),
      `${route + 1} input.intent.mirror: the file says 10; the workflow code, re-executed, says 100`,
    ],
    [
      'a verdict that failed',
      (events) => edit<Judged>(events[interval], (result) => Object.assign(result, { verdict: 'fail' })),
      /re-executed, decides otherwise|re-executed, says/,
    ],
    [
      'what a verdict said',
      (events) => edit<Judged>(events[interval], (result) => Object.assign(result, { sentence: 'All was well.' })),
      /input\.view\.intervals\[0\]\.sentence: .* says "All was well\."/,
    ],
    [
      'who asked, without a proof',
      (events) => edit<Action>(events[pause], ({ actor }) => (actor.name = 'eve')),
      /: the file says ".*mo.*"; .* says ".*eve/,
    ],
    [
      'who asked, with a proof',
      (events) => {
        for (const at of [resume, ...placesOf(events, 'ACTIVITY_TASK_SCHEDULED', 'verifyActor')])
          edit<Action & { action?: Action }>(events[at], (value) => ((value.action ?? value).actor.name = 'eve'));
      },
      /action\.actor\.name: the file says "eve"; the server stated "mo"/,
    ],
    [
      'an answer',
      (events) => {
        const [, at = 0] = placesOf(events, 'WORKFLOW_EXECUTION_UPDATE_COMPLETED');
        const attributes = attributesOf(events[at]) as { outcome?: { success: { payloads: { data: string }[] } } };
        const [payload] = attributes.outcome?.success.payloads ?? [];
        if (payload) payload.data = encoded({ accepted: false, message: 'No.' });
      },
      /answer\.accepted: the file says false; .* says true/,
    ],
    [
      'that an emergency needed no proof',
      (events) => {
        const [at = 0] = placesOf(events, 'MARKER_RECORDED');
        const { details } = attributesOf(events[at]) as { details?: { result: { payloads: { data: string }[] } } };
        const [payload] = details?.result.payloads ?? [];
        if (payload) payload.data = encoded(true);
      },
      /order: the workflow code, re-executed, decides otherwise/,
    ],
    [
      'an action left out',
      (events) => {
        events.splice(pause, 1);
        renumber(events);
      },
      /order: the workflow code, re-executed, decides otherwise/,
    ],
    [
      'events in another order',
      (events) => {
        events.splice(9, 2, ...events.slice(9, 11).reverse());
        renumber(events);
      },
      'eventType: it cannot follow the start of a workflow task',
    ],
    [
      'an interval put in twice',
      (events) => {
        events.splice(interval + 1, 0, ...structuredClone(events.slice(interval - 2, interval + 1)));
        renumber(events);
      },
      /order: the workflow code, re-executed, decides otherwise/,
    ],
    [
      'two intervals that changed places',
      (events) => {
        const [a, b] = [
          structuredClone(attributesOf(events[interval])),
          structuredClone(attributesOf(events[interval2])),
        ] as {
          result: unknown;
        }[];
        edit<Judged>(events[interval], (result) => (result.sentence = 'first'));
        Object.assign(attributesOf(events[interval2]), { result: a?.result });
        expect(b).toBeDefined();
      },
      /intervals\[0\]\.sentence/,
    ],
    [
      'a summary',
      (events) => {
        const { summary } = (events[route]?.userMetadata ?? {}) as { summary?: { data: string } };
        if (summary) summary.data = encoded('nothing was written');
      },
      `${route + 1} summary: the file says "nothing was written"`,
    ],
  ])('%s', async (_name, change, expected) => {
    const events = structuredClone(aborted.events);
    change(events);
    const found = await foundIn(auditFile([{ run: aborted.run, events }], own), own);
    expect(found).toContainEqual(
      typeof expected === 'string' ? expect.stringContaining(expected) : expect.stringMatching(expected),
    );
  });

  test('a failed interval that is said to have passed', async () => {
    const { own: _own, ...failed } = await runOfToday('v0.1.0-failed');
    const events = structuredClone(failed.events);
    const [, at = 0] = placesOf(events, 'ACTIVITY_TASK_COMPLETED', 'checkInterval');
    edit<Judged>(events[at], (result) => Object.assign(result, { verdict: 'pass' }));
    const found = await foundIn(auditFile([{ run: failed.run, events }], own), own);
    expect(found).toContainEqual(expect.stringMatching(/re-executed/));
  });

  test('what only the head in the notices finds: a number that decided nothing else, and a cut tail', async () => {
    const head = whole.told.outcome?.head;
    const number = structuredClone(aborted.events);
    edit<Judged>(number[interval], (result) => Object.assign(result, { requests: 5 }));
    const cut = structuredClone(aborted.events).slice(0, placesOf(aborted.events, 'WORKFLOW_TASK_SCHEDULED').at(-6));
    for (const [events, says] of [
      [number, /hash: the file says "\w+"; the notice says/],
      [cut, /hash: the file says nothing; the notice says/],
    ] as const) {
      const file = auditFile([{ run: aborted.run, events }], own);
      expect(await foundIn(file, own)).toEqual([]);
      expect(await foundIn(file, own, { head })).toEqual([expect.stringMatching(says)]);
    }
  });
});
