import { ApplicationFailure } from '@temporalio/common';
import { judge } from '../authority/index.ts';
import type { Proof, ProofInput } from '../contract/action.ts';
import type { InstallationFile } from '../installation/index.ts';

/** A key that was just made may be on its way to this worker, or only to another one. */
const PATIENCE_MS = 2 * 60_000;

/**
 * Tells who asks for an action, or why nobody is believed.
 * @param sinceMs when it was asked first, Unix time
 * @throws ApplicationFailure `UnknownKey` for as long as the key may still become known
 */
export async function verifyActor(installation: InstallationFile, input: ProofInput, sinceMs: number): Promise<Proof> {
  const { unknownKey, ...proof } = await judge(input, await installation.current());
  if (unknownKey && Date.now() - sinceMs < PATIENCE_MS)
    throw ApplicationFailure.retryable('the key of the server is not known yet', 'UnknownKey');
  return proof;
}
