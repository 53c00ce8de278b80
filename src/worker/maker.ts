/** Which workflow code decided: Sluice's version and the SHA-256 of its workflow bundle, as each workflow task notes them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { EventJson, RunJson } from '../temporal/chain.ts';
import { asObject } from '../temporal/payload.ts';
import { workflowBundle } from './bundle.ts';

export interface Maker {
  /** Version of Sluice. */
  sluice: string;
  /** SHA-256 of the workflow bundle, hex. */
  bundle: string;
}

export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** What this program would re-execute with. */
export async function ownMaker(): Promise<Maker> {
  const code = await readFile(await workflowBundle());
  return { sluice: packageVersion(), bundle: createHash('sha256').update(code).digest('hex') };
}

/** `sluice@0.1.0+<bundle>`, or as Temporal's SDK fills it in. */
const BUILD = /^(?:sluice@(\d[\w.-]*)|@temporalio\/worker@[\w.-]+)\+([0-9a-f]{64})$/;

/** What worker processes without a version of their own are called. */
export function buildOf({ sluice, bundle }: Maker): string {
  return `sluice@${sluice}+${bundle}`;
}

/** Who the workflow task was done by; empty for an event that is none, or a worker that is versioned by hand. */
export function makerOf(event: EventJson): Partial<Maker> {
  const { workerVersion } = asObject<{ workerVersion: { buildId?: string } }>(
    event.workflowTaskCompletedEventAttributes,
  );
  const [, sluice, bundle] = BUILD.exec(workerVersion?.buildId ?? '') ?? [];
  return { ...(sluice && { sluice }), ...(bundle && { bundle }) };
}

/** Who decided last; what the history does not say is as given. */
export function lastMaker(runs: readonly RunJson[], { sluice, bundle }: Maker): Maker {
  const makers = runs.flatMap(({ events }) => events.map(makerOf)).filter(({ bundle }) => bundle);
  return { sluice, bundle, ...makers.at(-1) };
}
