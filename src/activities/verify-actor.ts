import { judge } from '../authority/index.ts';
import type { Proof, ProofInput } from '../contract/action.ts';
import type { InstallationFile } from '../installation/index.ts';
import { notYet } from './support/not-yet.ts';

/**
 * Tells who asks for an action, or why nobody is believed.
 * @param sinceMs when it was asked first, Unix time
 * @throws ApplicationFailure `UnknownKey` for as long as the key may still become known
 */
export async function verifyActor(installation: InstallationFile, input: ProofInput, sinceMs: number): Promise<Proof> {
  const proof = await judge(input, await installation.current());
  if ('unknownKey' in proof && proof.unknownKey) notYet('UnknownKey', proof.refused, sinceMs);
  return proof;
}
