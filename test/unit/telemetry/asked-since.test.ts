import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { expect, test } from 'vitest';
import { askedSince } from '../../../src/telemetry/asked-since.ts';

const other = (seconds: number) => ({ eventTime: { seconds } });
const state = (seconds: number, value: string) => ({
  ...other(seconds),
  upsertWorkflowSearchAttributesEventAttributes: {
    searchAttributes: { indexedFields: { SluiceState: defaultPayloadConverter.toPayload(value) } },
  },
});

/** Of a history that is told from its end. */
function since(...events: object[]): Promise<number> {
  const getWorkflowExecutionHistoryReverse = async () => ({ history: { events } });
  const client = { options: { namespace: 'default' }, workflowService: { getWorkflowExecutionHistoryReverse } };
  return askedSince(client as unknown as Client, { workflowId: 'w', runId: 'r' });
}

test('the newest time at which it began to need people counts, behind what happened since', async () => {
  const states = [state(60, 'needs-you'), state(50, 'running'), state(40, 'needs-you')];
  expect(await since(other(90), other(80), ...states)).toBe(60);
});

test('a question older than the newest events is as old as those, at least', async () => {
  expect(await since(other(90), other(30))).toBe(30);
});
