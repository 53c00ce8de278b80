import { formatProblems } from '../plan/index.ts';
import { type InstallationFile, watchInstallation } from './file.ts';

/** The operator's file, read again when it changes. @throws RangeError with every problem, or the file system's error */
export async function openInstallation(file: string): Promise<InstallationFile> {
  const read = await watchInstallation(file);
  if ('problems' in read) throw new RangeError(formatProblems(read.problems));
  return read;
}
