import { type AskWeb, webNumber } from '../metrics/web-number.ts';
import type { InstallationFile } from './file.ts';
import { findWeb } from './installation.ts';
import { connectionOf } from './open-source.ts';

/** Asks web sources, and addresses in plans where they are allowed; the installation and its logins are read for each question. */
export function webSources(installation: InstallationFile): AskWeb {
  return async (reference, question, signal) => {
    const current = await installation.current();
    const found = findWeb(reference, current);
    if (!('address' in found)) return { reason: `${found.message}: ${found.remedy}` };
    const who = found.name === '' ? found.address : `web source ${found.name}`;
    try {
      const connection = await connectionOf(found, current.dir ?? '.');
      return await webNumber({ address: found.address, who, connection }, question, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { reason: `${who} cannot be asked: ${(error as Error).message}` };
    }
  };
}
