import { existsSync } from 'node:fs';
import { Option } from 'commander';
import { INSTALLATION_FILE } from '../../../contract/ids.ts';
import type { AddressesInPlans, InstallationFile } from '../../../installation/index.ts';
import { formatProblems } from '../../../plan/problem.ts';
import { CliError, unreadable } from '../../errors.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Terminal } from '../../terminal/terminal.ts';

export interface InstallationFlags {
  installation?: string;
}

export function installationOption(): Option {
  return new Option(
    '--installation <file>',
    `the operator's file, with senders and metric sources (default: ${INSTALLATION_FILE} here, if it is there)`,
  ).env('SLUICE_INSTALLATION');
}

/** Where audits were exported to; undefined: the operator's file names no directory, or there is none. */
export async function auditsDir(flags: InstallationFlags, terminal: Terminal): Promise<string | undefined> {
  return (await followInstallation(flags, terminal))?.known.audits?.dir;
}

/**
 * The operator's file as it is now and later; undefined: none is named, and none lies here.
 * @param addressesInPlans where the file does not say
 * @throws CliError 2 with every problem, 5 when a named one is not there
 */
export async function followInstallation(
  { installation }: InstallationFlags,
  terminal: Terminal,
  addressesInPlans?: AddressesInPlans,
): Promise<InstallationFile | undefined> {
  const file = installation ?? (existsSync(INSTALLATION_FILE) ? INSTALLATION_FILE : undefined);
  if (file === undefined) return undefined;
  const { watchInstallation } = await import('../../../installation/index.ts');
  const read = await watchInstallation(file, addressesInPlans, (problems) => {
    if (problems.length === 0) terminal.say(`${file} was read again.`);
    else terminal.say(`${file} cannot be used, what was known stays in force:\n${formatProblems(problems)}`);
  }).catch((error) => Promise.reject(unreadable(file, error)));
  if ('problems' in read) throw new CliError(EXIT.usage, formatProblems(read.problems));
  return read;
}
