import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { decodeHistory, type HistoryEvents } from '../../../src/audit/index.ts';
import { renderAudit } from '../../../src/cli/render/audit.ts';
import { widthOf } from '../../../src/cli/render/text.ts';
import { PASSED } from '../../support/views.ts';

const START = Date.parse('2026-11-21T14:00:00.000Z') / 1000;

/** Builds a history event by event, as Temporal would number and time it: one second apart. */
class HistoryBuilder {
  readonly events: unknown[] = [];

  add(attributes: Record<string, unknown>, summary?: string): number {
    const eventId = this.events.length + 1;
    const userMetadata = summary === undefined ? undefined : { summary: payload(summary) };
    this.events.push({ eventId, eventTime: { seconds: START + eventId, nanos: 0 }, userMetadata, ...attributes });
    return eventId;
  }

  schedule(type: string, input: unknown, summary: string): number {
    return this.add(
      { activityTaskScheduledEventAttributes: { activityType: { name: type }, input: payloads(input) } },
      summary,
    );
  }

  activity(type: string, input: unknown, summary: string, result: unknown, attempt = 1): void {
    const scheduledEventId = this.schedule(type, input, summary);
    this.add({ activityTaskStartedEventAttributes: { scheduledEventId, attempt } });
    this.add({ activityTaskCompletedEventAttributes: { scheduledEventId, result: payloads(result) } });
  }

  step(name: string): void {
    const indexedFields = { SluiceStep: payload([name]) };
    this.add({ upsertWorkflowSearchAttributesEventAttributes: { searchAttributes: { indexedFields } } });
  }

  update(id: string, name: string, argument: unknown, answer: unknown): void {
    this.add({
      workflowExecutionUpdateAcceptedEventAttributes: {
        protocolInstanceId: id,
        acceptedRequest: { meta: { updateId: id }, input: { name, args: payloads(argument) } },
      },
    });
    this.add({
      workflowExecutionUpdateCompletedEventAttributes: {
        meta: { updateId: id },
        outcome: { success: payloads(answer) },
      },
    });
  }

  decode() {
    return decodeHistory(this.events as HistoryEvents, 'run-1');
  }
}

function payload(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value) as Payload;
}

function payloads(value: unknown) {
  return { payloads: [payload(value)] };
}

const TARGET = { rollout: 'reviews-7', epoch: 7, cluster: 'local' };
const OFFER = {
  id: 'harbor/42',
  event: { source: 'harbor', by: 'ci', image: 'reviews:v2', reason: 'release', deliveryId: '42' },
};

function whole(): HistoryBuilder {
  const history = new HistoryBuilder();
  history.add({ workflowExecutionStartedEventAttributes: { input: payloads({ cluster: 'local', offer: OFFER }) } });
  history.step('detect');
  const detected = { kind: 'new', epoch: 7, revision: { id: 'bbb' }, previous: { id: 'aaa' } };
  history.activity('detect', { offer: OFFER }, 'detect what reviews:v2 changes', detected);
  history.step('shift');
  const intent = { primary: 80, canary: 20, mirror: 0 };
  const input = { ...TARGET, fence: { epoch: 7, seq: 4 }, intent, expected: { primary: 100, canary: 0, mirror: 0 } };
  history.activity('route', input, 'route 20 % to the canary', { kind: 'written', at: '2026-11-21T14:00:09.000Z' }, 2);
  history.activity('checkInterval', { ...TARGET, stage: 'live', durationMs: 60_000 }, 'check at 20 %', PASSED);
  return history;
}

describe('audit records', () => {
  it('tells who asked, what was written and what was seen, with numbers', () => {
    const { records } = whole().decode();
    expect(records.map(({ who, what, step }) => [step, who, what])).toEqual([
      [undefined, 'ci (unverified) · harbor', 'deploy event reviews:v2'],
      [1, 'sluice', 'detect what reviews:v2 changes'],
      [13, 'sluice', 'route 20 % to the canary'],
      [13, 'sluice', 'check at 20 %'],
    ]);
    expect(records[0]).toMatchObject({
      at: '2026-11-21T14:00:01.000Z',
      why: 'release',
      result: 'taken as harbor/42',
      run: 'run-1',
      event: 1,
    });
    expect(records[1]).toMatchObject({ why: 'harbor/42', result: 'revision bbb instead of aaa, epoch 7' });
    expect(records[2]).toMatchObject({
      why: 'primary 80 %, canary 20 %, before: primary 100 %, canary 0 %, fence 7.4',
      result: 'written 2026-11-21T14:00:09.000Z',
      attempt: 2,
    });
    expect(records[3]?.result).toBe(
      'pass: All checks passed.; success-rate 99.98 % (min 99 %, n=18240) pass; duration 412 ms (max 500 ms, n=18240) pass; seen 39.2 %',
    );
  });

  it('tells actions with identity, verified only by proof', () => {
    const history = new HistoryBuilder();
    const action = {
      id: 'a1',
      verb: 'pause',
      actor: { name: 'mo', channel: 'cli', statement: 'v1,x' },
      reason: 'latency',
    };
    history.update('a1', 'action', action, { accepted: true, message: 'Paused.' });
    const bare = { id: 'a2', verb: 'resume', actor: { name: 'jo', channel: 'cli' } };
    history.update('a2', 'action', bare, { accepted: false, message: 'It is not paused.' });
    const claimed = history.decode().records;
    expect(claimed[0]).toMatchObject({
      who: 'mo · cli (unverified)',
      what: 'pause',
      why: 'latency',
      result: 'accepted: Paused.',
    });
    expect(claimed[1]).toMatchObject({
      who: 'jo · cli (unverified)',
      what: 'resume',
      result: 'refused: It is not paused.',
    });
    history.activity('verifyActor', { action }, 'verify', { refused: 'the statement is about another action' });
    expect(history.decode().records).toHaveLength(2);
    expect(history.decode().records[0]?.who).toBe('mo · cli (unverified)');
    const person = { name: 'mo', channel: 'slack', groups: [] };
    history.activity('verifyActor', { action }, 'verify', { person });
    expect(history.decode().records[0]?.who).toBe('mo · slack (verified)');
    const given = { ...action, id: 'a3', verb: 'answer', question: 'reviews-7/refused/route/1', answer: 'leave-it' };
    history.update('a3', 'action', given, { accepted: true, message: 'Left.' });
    expect(history.decode().records[2]?.what).toBe('answer reviews-7/refused/route/1 leave-it');
  });

  it('tells signals as unverified, whoever they say they are from', () => {
    const history = new HistoryBuilder();
    const signal = { signalName: 'abort', identity: '77@host', input: payloads('emergency') };
    history.add({ workflowExecutionSignaledEventAttributes: signal });
    expect(history.decode().records[0]).toMatchObject({
      who: 'temporal (unverified), 77@host',
      what: 'abort',
      why: 'emergency',
    });
  });

  it('tells offers to a running rollout with their answer', () => {
    const history = new HistoryBuilder();
    history.update('harbor/42', 'offer', OFFER, {
      status: 'superseding',
      running: 'reviews-7',
      reason: 'users go to the primary first',
    });
    expect(history.decode().records[0]).toMatchObject({
      who: 'ci (unverified) · harbor',
      result: 'superseding, while reviews-7 runs, users go to the primary first',
    });
  });

  it('tells failures, timeouts, cancelled and unfinished work', () => {
    const history = new HistoryBuilder();
    const failure = { message: 'Activity task failed', cause: { message: 'the API server said 403' } };
    history.add({
      activityTaskFailedEventAttributes: {
        scheduledEventId: history.schedule('scaleCanary', TARGET, 'scale'),
        failure,
      },
    });
    const timeout = { message: 'activity Heartbeat timeout' };
    history.add({
      activityTaskTimedOutEventAttributes: {
        scheduledEventId: history.schedule('awaitReady', TARGET, 'wait'),
        failure: timeout,
      },
    });
    const scheduledEventId = history.schedule('checkInterval', TARGET, 'check');
    history.add({ activityTaskCancelRequestedEventAttributes: { scheduledEventId } });
    history.add({ activityTaskCanceledEventAttributes: { scheduledEventId } });
    history.schedule('observeAway', TARGET, 'look');
    expect(history.decode().records.map(({ what, result }) => [what, result])).toEqual([
      ['scale', 'failed: the API server said 403'],
      ['wait', 'timed out: activity Heartbeat timeout'],
      ['check', 'ended early by a decision'],
      ['look', 'under way'],
    ]);
  });

  it('tells timers by their summary', () => {
    const history = new HistoryBuilder();
    history.add(
      { timerStartedEventAttributes: { timerId: '1', startToFireTimeout: { seconds: 30 } } },
      'let connections drain',
    );
    history.add({ timerFiredEventAttributes: { timerId: '1' } });
    history.add({ timerStartedEventAttributes: { timerId: '2', startToFireTimeout: { seconds: 5 } } });
    history.add({ timerCanceledEventAttributes: { timerId: '2' } });
    expect(history.decode().records.map(({ what, result }) => [what, result])).toEqual([
      ['let connections drain', 'time is over'],
      ['wait 5 s', 'ended early'],
    ]);
  });

  it.each([
    [
      {
        workflowExecutionCompletedEventAttributes: {
          result: payloads({ outcome: { kind: 'promoted', reason: 'All passed.' } }),
        },
      },
      'promoted',
    ],
    [{ workflowExecutionTerminatedEventAttributes: { reason: 'by hand', identity: 'root@box' } }, 'terminated'],
    [{ workflowExecutionFailedEventAttributes: { failure: { message: 'bug' } } }, 'failed: bug'],
    [
      {
        workflowExecutionContinuedAsNewEventAttributes: { newExecutionRunId: 'r2', input: payloads({ offer: OFFER }) },
      },
      'continued in run r2',
    ],
    [{ workflowExecutionCanceledEventAttributes: {} }, 'cancelled'],
    [{ workflowExecutionTimedOutEventAttributes: {} }, 'timed out'],
  ])('tells the end %#', (attributes, result) => {
    const history = new HistoryBuilder();
    history.add(attributes);
    expect(history.decode().records.map((record) => record.result)).toEqual([result]);
  });

  it('names the run before only when the rollout is the same', () => {
    const input = { cluster: 'local', offer: OFFER };
    const start = (value: unknown) => {
      const history = new HistoryBuilder();
      history.add({
        workflowExecutionStartedEventAttributes: { input: payloads(value), continuedExecutionRunId: 'run-0' },
      });
      return history.decode().continues;
    };
    expect(start(input)).toBeUndefined();
    expect(start({ ...input, carried: {} })).toBe('run-0');
  });

  it('reads what it can of a foreign history', () => {
    const history = new HistoryBuilder();
    history.add({
      workflowExecutionStartedEventAttributes: { input: { payloads: [{ metadata: {}, data: new Uint8Array([1]) }] } },
    });
    history.activity('somethingNew', 42, '', null);
    expect(history.decode().records.map(({ what, result }) => [what, result])).toEqual([
      ['deploy event with a new configuration', 'taken as unknown'],
      ['somethingNew', 'done'],
    ]);
  });
});

it('prints records in 80 columns without losing a number', () => {
  const lines = renderAudit(whole().decode().records, { width: 80, color: false, unicode: true });
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80);
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "TIME                  ST  WHO                       WHAT
    2026-11-21T14:00:01Z      ci (unverified) · harbor  deploy event reviews:v2
                              release
                              taken as harbor/42
    2026-11-21T14:00:05Z   1  sluice                    detect what reviews:v2
                                                        changes
                              harbor/42
                              revision bbb instead of aaa, epoch 7
    2026-11-21T14:00:09Z  13  sluice                    route 20 % to the canary
                              primary 80 %, canary 20 %, before: primary 100 %,
                              canary 0 %, fence 7.4
                              written 2026-11-21T14:00:09.000Z (attempt 2)
    2026-11-21T14:00:12Z  13  sluice                    check at 20 %
                              live, 1m 00s
                              pass: All checks passed.; success-rate 99.98 % (min 99
                              %, n=18240) pass; duration 412 ms (max 500 ms,
                              n=18240) pass; seen 39.2 %"
  `);
});
