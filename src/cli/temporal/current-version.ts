/** Which build of the workers new rollouts go to. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { FAILED_PRECONDITION, grpcStatus, NOT_FOUND, reason, within } from '../../temporal/calls.ts';
import { currentVersion, setCurrentVersion } from '../../worker/versions.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';

/** Temporal learns of a build from its first poll. */
const KNOWN_WITHIN_MS = 20_000;
const ASK_AGAIN_MS = 500;

/**
 * Makes a build current, unless it is. A build whose worker has just started is waited for.
 * @param buildId absent: workers without one
 * @throws CliError 5 when Temporal knows no worker of this build
 */
export async function makeCurrent(client: Client, buildId: string | undefined): Promise<'changed' | 'unchanged'> {
  const endMs = Date.now() + KNOWN_WITHIN_MS;
  for (;;) {
    if ((await within(client, () => currentVersion(client))) === buildId) return 'unchanged';
    try {
      await within(client, () => setCurrentVersion(client, buildId));
      return 'changed';
    } catch (error) {
      const status = grpcStatus(error);
      if (status !== NOT_FOUND && status !== FAILED_PRECONDITION) throw error;
      if (Date.now() > endMs) throw unknownBuild(buildId, error);
    }
    await sleep(ASK_AGAIN_MS);
  }
}

function unknownBuild(buildId: string | undefined, error: unknown): CliError {
  return new CliError(
    EXIT.notFound,
    `Temporal knows no worker of build ${buildId ?? '(none)'}: ${reason(error)}`,
    `Start one first: sluice worker --build-id ${buildId ?? 'ID'}`,
  );
}
