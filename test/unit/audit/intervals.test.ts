import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type decodeHistory, toldIntervals } from '../../../src/audit/index.ts';
import type { ComparedTick, IntervalResult } from '../../../src/contract/verdict.ts';
import type { RunJson } from '../../../src/temporal/chain.ts';

it('of a recorded rollout are those of its record, each at its stage', () => {
  const recorded = JSON.parse(readFileSync('lab/tour/recording.json', 'utf8')) as {
    runs: { run: string; events: { event: RunJson['events'][number] }[] }[];
    told: ReturnType<typeof decodeHistory>;
  };
  const runs = recorded.runs.map(({ run, events }) => ({ run, events: events.map(({ event }) => event) }));
  const { rollout, intervals } = toldIntervals(runs);
  expect(rollout).toBe(recorded.told.rollout);
  const saw = recorded.told.records.filter(({ saw }) => saw);
  expect(intervals.map(({ event, verdict, requests }) => [event, verdict, requests])).toEqual(
    saw.map(({ event, saw }) => [event, saw?.verdict, saw?.requests]),
  );
  expect(intervals.map(({ stage }) => stage)).toEqual(['mirror', '20 %', '40 %', '60 %', '60 %']);
});

const AT = '2026-11-30T04:00:00Z';
const tick = (lnAbort: number): ComparedTick => ({ at: AT, canary: null, primary: null, lnAbort, lnPass: 0 });
const payloads = (value: unknown) => ({
  payloads: [
    {
      metadata: { encoding: Buffer.from('json/plain').toString('base64') },
      data: Buffer.from(JSON.stringify(value)).toString('base64'),
    },
  ],
});
const intent = (canary: number) => ({ primary: 100 - canary, canary, mirror: 0 });

/** An activity that ran from one event to the next but one. */
function ran(type: string, eventId: number, input: object, result: object): RunJson['events'] {
  const scheduled = { activityType: { name: type }, activityId: String(eventId), input: payloads(input) };
  const completed = { scheduledEventId: String(eventId), startedEventId: String(eventId), result: payloads(result) };
  const event = (id: number, eventType: string, attributes: object) => ({
    eventId: String(id),
    eventTime: AT,
    eventType,
    ...attributes,
  });
  return [
    event(eventId, 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED', { activityTaskScheduledEventAttributes: scheduled }),
    event(eventId + 1, 'EVENT_TYPE_ACTIVITY_TASK_COMPLETED', { activityTaskCompletedEventAttributes: completed }),
  ];
}

it('have the looks of every slice, and none of another stage or of the one that goes on', () => {
  const compared = (...ticks: ComparedTick[]) =>
    ({
      verdict: 'pass',
      checks: [],
      comparison: { verdict: 'continue', judge: {}, pods: {}, ticks },
    }) as unknown as IntervalResult;
  const check = (canary: number) => ({ stage: 'live', intent: intent(canary) });
  const events = [
    ...ran('checkInterval', 1, check(20), { ticks: [tick(1)] }),
    ...ran('checkInterval', 3, check(40), { ticks: [tick(2)] }),
    ...ran('checkInterval', 5, check(40), compared(tick(3))),
    ...ran('awaitChange', 7, { check: check(40) }, { interval: compared(tick(4)), ticks: [tick(5)] }),
    ...ran('awaitChange', 9, { check: check(40) }, { interval: compared(tick(6)) }),
    ...ran('awaitChange', 11, {}, {}),
  ];
  const { intervals } = toldIntervals([{ run: 'r', events }]);
  expect(
    intervals.map(({ stage, event, comparison }) => [stage, event, comparison?.ticks.map(({ lnAbort }) => lnAbort)]),
  ).toEqual([
    ['40 %', 6, [2, 3]],
    ['40 %', 8, [4]],
    ['40 %', 10, [5, 6]],
  ]);
  expect(intervals[0]?.comparison).not.toHaveProperty('judge');
});
