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

/** Of a history that is told from its end, in pages. */
async function since(pages: object[][]): Promise<{ seconds: number; read: number }> {
  let read = 0;
  const getWorkflowExecutionHistoryReverse = async ({ nextPageToken }: { nextPageToken?: Uint8Array }) => {
    const page = nextPageToken?.[0] ?? 0;
    read += 1;
    return {
      history: { events: pages[page] },
      nextPageToken: page + 1 < pages.length ? Uint8Array.of(page + 1) : new Uint8Array(),
    };
  };
  const client = { options: { namespace: 'default' }, workflowService: { getWorkflowExecutionHistoryReverse } };
  const seconds = await askedSince(client as unknown as Client, { workflowId: 'w', runId: 'r' });
  return { seconds, read };
}

test('the newest time at which it began to need people counts, behind what happened since', async () => {
  const pages = [
    [other(90), other(80)],
    [other(70), state(60, 'needs-you'), state(50, 'running'), state(40, 'needs-you')],
  ];
  expect(await since(pages)).toEqual({ seconds: 60, read: 2 });
});

test('a run that began with the question is as old as the question, at least', async () => {
  expect(await since([[other(90), other(30)]])).toEqual({ seconds: 30, read: 1 });
});

test('a long history is not read to its beginning', async () => {
  const pages = Array.from({ length: 9 }, (_, page) => [other(1_000 - page)]);
  expect(await since(pages)).toEqual({ seconds: 996, read: 5 });
});
