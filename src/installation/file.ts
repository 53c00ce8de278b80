import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { loadSections, type PlanProblem, readPlanText } from '../plan/index.ts';
import { fileState } from './file-state.ts';
import { type AddressesInPlans, type Installation, NO_INSTALLATION } from './installation.ts';
import { installationDocument } from './schema.ts';

/** What the operator says, and may say otherwise later. */
export interface InstallationFile {
  /** As it was read last. */
  readonly known: Installation;
  /** As it is now. */
  current(): Promise<Installation>;
}

/** There is none: plans bring their addresses themselves. */
export function noFile(addressesInPlans: AddressesInPlans = 'remote'): InstallationFile {
  const known = { ...NO_INSTALLATION, addressesInPlans };
  return { known, current: async () => known };
}

/**
 * Reads it, and again when it changes. A file that is gone or broken later leaves the last one in force.
 * @param addressesInPlans which addresses plans may name where the file does not say
 * @param changed told when it was read again
 * @returns problems: it cannot be used
 * @throws the file system's error when it cannot be read at first
 */
export async function watchInstallation(
  file: string,
  addressesInPlans: AddressesInPlans = 'none',
  changed?: (problems: readonly PlanProblem[]) => void,
): Promise<InstallationFile | { problems: PlanProblem[] }> {
  let state = await fileState(file);
  const first = await load(file, addressesInPlans);
  if ('problems' in first) return first;
  let known = first;
  return {
    get known() {
      return known;
    },
    async current() {
      const now = await fileState(file);
      if (now === state || now === 'unreadable') return known;
      state = now;
      // one that is gone again a moment later has another state then
      const loaded = await load(file, addressesInPlans).catch(() => known);
      if (!('problems' in loaded)) known = loaded;
      changed?.('problems' in loaded ? loaded.problems : []);
      return known;
    },
  };
}

async function load(
  file: string,
  addressesInPlans: AddressesInPlans,
): Promise<Installation | { problems: PlanProblem[] }> {
  const text = await readPlanText(file, file);
  if (typeof text !== 'string') return text;
  const loaded = loadSections(installationDocument, text, file);
  if ('problems' in loaded) return loaded;
  const dir = dirname(file);
  const planSources = loaded.value.planSources.map((one) =>
    one.dir === undefined ? one : { ...one, dir: resolve(dir, one.dir) },
  );
  const audits = loaded.value.audits && { dir: resolve(dir, loaded.value.audits.dir) };
  const hash = createHash('sha256').update(text).digest('hex');
  return { dir, hash, addressesInPlans, ...loaded.value, planSources, audits };
}
