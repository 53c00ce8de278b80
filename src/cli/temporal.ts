import { createConnection } from 'node:net';
import { Client, Connection, type ConnectionOptions, WorkflowNotFoundError } from '@temporalio/client';
import { DEADLINE_EXCEEDED, grpcStatus, reason } from '../steering/calls.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { Settings } from './settings.ts';

const CONNECT_TIMEOUT = '5s';
const PROBE_TIMEOUT_MS = 2_000;

/** Runs `work` with a client and closes the connection afterwards. @throws CliError 10 when Temporal cannot be reached */
export async function withClient<T>(settings: Settings, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await connect(settings);
  try {
    return await work(new Client({ connection, namespace: settings.temporalNamespace }));
  } catch (error) {
    throw explain(error, settings);
  } finally {
    await connection.close();
  }
}

async function connect(settings: Settings): Promise<Connection> {
  await refuseClosedPort(settings);
  const options: ConnectionOptions = { address: settings.temporalAddress, connectTimeout: CONNECT_TIMEOUT };
  try {
    return await Connection.connect(options);
  } catch (error) {
    throw unreachable(settings, error);
  }
}

/** gRPC keeps trying a port that nobody listens on until its time is over; people should know at once. */
async function refuseClosedPort(settings: Settings): Promise<void> {
  const [, host, port] = /^\[?([^\]/]+?)\]?:(\d{1,5})$/.exec(settings.temporalAddress) ?? [];
  if (!host) return;
  const socket = createConnection({ host, port: Number(port), timeout: PROBE_TIMEOUT_MS });
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    for (const event of ['connect', 'timeout']) socket.once(event, () => resolve(undefined));
    socket.once('error', resolve);
  });
  socket.destroy();
  if (failure?.code === 'ECONNREFUSED' || failure?.code === 'ENOTFOUND')
    throw unreachable(settings, new Error(failure.code));
}

function unreachable(settings: Settings, error: unknown): CliError {
  return new CliError(
    EXIT.unreachable,
    `Temporal does not answer at ${settings.temporalAddress}: ${reason(error)}`,
    'Give its address with --temporal HOST:PORT or TEMPORAL_ADDRESS, or start everything on this machine with: sluice dev',
  );
}

/** Codes of gRPC's `status`. */
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

const NO_NAMESPACE = /namespace .* (not found|is not found)/i;

function explain(error: unknown, settings: Settings): unknown {
  const status = grpcStatus(error);
  if (error instanceof WorkflowNotFoundError || status === undefined) return error;
  if (status === DEADLINE_EXCEEDED || status === UNAVAILABLE) return unreachable(settings, error);
  if (status === PERMISSION_DENIED || status === UNAUTHENTICATED)
    return new CliError(EXIT.notAllowed, `Temporal says no: ${reason(error)}`);
  if (NO_NAMESPACE.test(reason(error))) {
    return new CliError(
      EXIT.notFound,
      `Temporal has no namespace ${settings.temporalNamespace}`,
      'Choose one with --temporal-namespace.',
    );
  }
  return error;
}

/** @throws CliError 10 when Temporal cannot be reached */
export async function reachable(settings: Settings): Promise<void> {
  const connection = await connect(settings);
  await connection.close();
}

/** Whether a Temporal frontend answers there. */
export function answers(settings: Settings): Promise<boolean> {
  return reachable(settings).then(
    () => true,
    () => false,
  );
}
