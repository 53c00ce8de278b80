import type { Context } from '@temporalio/activity';
import { expect, test } from 'vitest';
import { UnderWay } from '../../../src/worker/under-way.ts';

type Details = { workerShutdown?: boolean };

/** An activity that ends when it is told to. */
function begin(underWay: UnderWay, activityType: string, workflowId: string, details: Details = {}) {
  const info = { activityType, workflowExecution: { workflowId } };
  const { inbound } = underWay.interceptor({ info, cancellationDetails: details } as unknown as Context);
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const running = inbound?.execute?.({ args: [], headers: {} }, () => promise) as Promise<unknown>;
  const settled = running.catch(() => undefined);
  return {
    end: () => {
      resolve(undefined);
      return settled;
    },
    fail: () => {
      reject(new Error('cancelled'));
      return settled;
    },
  };
}

test('a worker with nothing under way says so', () => {
  const underWay = new UnderWay(50_000);
  expect(underWay.stopping).toBe('Stopping: no activity is under way.');
  expect(underWay.stopped).toBe('Stopped: everything under way has ended.');
});

test('what is under way is named, and told when it has ended or was handed back', async () => {
  const underWay = new UnderWay(50_000);
  const wait = begin(underWay, 'awaitReady', 'rollout/local/demo/shop');
  const check = begin(underWay, 'checkInterval', 'rollout/local/demo/reviews', { workerShutdown: true });
  expect(underWay.stopping).toBe(
    'Stopping: 2 activities are under way (awaitReady of demo/shop, checkInterval of demo/reviews); at most 50 s. Ctrl-C again ends it at once.',
  );
  await wait.end();
  await check.fail();
  expect(underWay.stopped).toBe(
    'Stopped: 1 activity is handed back to the next worker (checkInterval of demo/reviews).',
  );
});
