import { type RevisionKey, revisionKey } from '../kubernetes/objects/config.ts';
import type { InstallationFile } from './file.ts';
import { readSecret } from './secret.ts';

/** As many as the base64 of 24 random bytes has. */
const SHORTEST = 32;

/** The keys as they are now: nobody but workers reads them. @throws Error that says which one cannot be used, and nothing of it */
export function revisionKeys(installation: InstallationFile): () => Promise<RevisionKey[]> {
  return async () => {
    const { revisionKeys: named, dir = '.' } = await installation.current();
    return Promise.all(
      named.map(async ({ kid, key: secret }) => {
        const key = await readSecret(secret, dir).catch((error: Error) => {
          throw new Error(`revision key ${kid} cannot be used: ${error.message}`);
        });
        if (key.length >= SHORTEST) return revisionKey(kid, key);
        throw new Error(
          `revision key ${kid} cannot be used: it has fewer than ${SHORTEST} characters, so it could be guessed; make one with: openssl rand -base64 32`,
        );
      }),
    );
  };
}
