import { Client, WorkflowNotFoundError } from '@temporalio/client';
import { DEADLINE_EXCEEDED, grpcStatus, reason, UNAVAILABLE } from '../../temporal/calls.ts';
import { type TemporalConfig, temporalConfig } from '../../temporal/config.ts';
import { accessRefusal, connectTemporal, unreachable } from '../../temporal/connect.ts';
import { ConnectionError } from '../../temporal/error.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Settings } from '../settings.ts';

/** What flags, environment and profile say. @throws CliError 2 when something in it cannot be used */
export function temporalOf(settings: Settings): TemporalConfig {
  try {
    return temporalConfig(settings.temporal);
  } catch (error) {
    throw new CliError(EXIT.usage, reason(error), 'How to connect: docs/use/connection.md');
  }
}

/** Runs `work` with a client and closes the connection afterwards. @throws CliError 10 when Temporal cannot be reached */
export async function withClient<T>(
  settings: Settings,
  work: (client: Client, config: TemporalConfig) => Promise<T>,
): Promise<T> {
  const config = temporalOf(settings);
  const connection = await connectTemporal(config).catch((error) => {
    throw explain(error, config);
  });
  try {
    return await work(new Client({ connection, namespace: config.namespace }), config);
  } catch (error) {
    throw explain(error, config);
  } finally {
    await connection.close();
  }
}

function explain(error: unknown, config: TemporalConfig): unknown {
  if (error instanceof WorkflowNotFoundError) return error;
  const status = grpcStatus(error);
  const away = status === DEADLINE_EXCEEDED || status === UNAVAILABLE;
  const problem = away ? unreachable(error, config) : (accessRefusal(error, config) ?? error);
  if (problem instanceof ConnectionError)
    return new CliError(problem.refused ? EXIT.notAllowed : EXIT.unreachable, problem.message, problem.hint ?? WHERE);
  if (status !== undefined && /namespace /i.test(reason(error)) && / not found/i.test(reason(error))) {
    return new CliError(
      EXIT.notFound,
      `Temporal has no namespace ${config.namespace}`,
      'Choose one with --temporal-namespace.',
    );
  }
  return error;
}

const WHERE =
  'Give its address with --temporal HOST:PORT or TEMPORAL_ADDRESS, or start everything on this machine with: sluice dev';

/** @throws CliError 10 when Temporal cannot be reached */
export async function reachable(settings: Settings): Promise<void> {
  await withClient(settings, async () => undefined);
}

/** Whether a Temporal frontend answers there. @throws CliError when it answers and cannot be used */
export function answers(settings: Settings): Promise<boolean> {
  return reachable(settings).then(
    () => true,
    (error) => {
      if (error instanceof CliError && error.code === EXIT.unreachable) return false;
      throw error;
    },
  );
}
