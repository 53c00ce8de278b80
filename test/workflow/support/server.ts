/** The Temporal server of the workflow tier: its own, on a free port, without a lab. */
import { SEARCH_ATTRIBUTES } from '../../../src/contract/ids.ts';
import { builtProgram } from '../../support/built-program.ts';
import { TemporalServer } from '../../support/temporal-server.ts';

/** Vitest's global setup. @returns its teardown */
export default async function startTemporal(): Promise<() => Promise<void>> {
  const server = await TemporalServer.start({ program: builtProgram('temporal'), attributes: SEARCH_ATTRIBUTES });
  // a person's own connection is none of these tests' business
  for (const name of Object.keys(process.env)) if (name.startsWith('TEMPORAL_')) delete process.env[name];
  process.env.TEMPORAL_ADDRESS = server.address;
  return () => server.remove();
}
