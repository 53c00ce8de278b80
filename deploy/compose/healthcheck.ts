/** Healthcheck of the containers: `healthcheck.ts server <port>` or `healthcheck.ts worker <cluster>`. Exit 0 is healthy. */
import { hostname } from 'node:os';
import { Client } from '@temporalio/client';
import { clusterQueue, WORKFLOW_QUEUE, waitQueue } from '../../src/contract/ids.ts';
import { temporalConfig } from '../../src/temporal/config.ts';
import { connectTemporal } from '../../src/temporal/connect.ts';

const TIMEOUT_MS = 5_000;

/** A long poll lasts up to a minute, and a poller is only seen when it begins one. */
const POLLER_AGE_MS = 75_000;

const TASK_QUEUE_TYPE = { workflow: 1, activity: 2 } as const;

/** The server listens and Temporal answers it. */
async function checkServer(port: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`/readyz answers ${response.status}: ${await response.text()}`);
}

/** A worker of this container was seen lately on every queue that a rollout needs. */
async function checkWorker(cluster: string): Promise<void> {
  const config = temporalConfig();
  const connection = await connectTemporal(config);
  try {
    const client = new Client({ connection, namespace: config.namespace });
    const queues = [
      [WORKFLOW_QUEUE, TASK_QUEUE_TYPE.workflow],
      [WORKFLOW_QUEUE, TASK_QUEUE_TYPE.activity],
      [clusterQueue(cluster), TASK_QUEUE_TYPE.activity],
      [waitQueue(cluster), TASK_QUEUE_TYPE.activity],
    ] as const;
    await Promise.all(queues.map(([name, type]) => checkPolled(client, name, type)));
  } finally {
    await connection.close();
  }
}

/** @throws when nobody here polls the queue; identities are `<pid>@<host name>` by default of the SDK */
async function checkPolled(client: Client, name: string, taskQueueType: number): Promise<void> {
  const { namespace } = client.options;
  const { pollers } = await client.withDeadline(Date.now() + TIMEOUT_MS, () =>
    client.workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType }),
  );
  const fresh = (pollers ?? []).some(
    ({ identity, lastAccessTime }) =>
      identity?.endsWith(`@${hostname()}`) && Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1_000 < POLLER_AGE_MS,
  );
  if (!fresh) throw new Error(`no worker of ${hostname()} polls queue ${name}`);
}

const checks: Record<string, (argument: string) => Promise<void>> = { server: checkServer, worker: checkWorker };
const [kind = '', argument = ''] = process.argv.slice(2);
try {
  const check = checks[kind];
  if (!check || !argument) throw new Error('usage: healthcheck.ts server <port> | worker <cluster>');
  await check(argument);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
