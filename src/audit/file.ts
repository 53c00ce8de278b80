/**
 * The audit of one rollout as one file: its whole history, what that tells, and a chain of SHA-256 over it, see `src/temporal/chain.ts`.
 * The head of the chain is the hash of the header (everything but `runs`, `told`, `head` and `signature`) after the last event.
 */
import { z } from 'zod';
import { chain, linkOf, type RunJson } from '../temporal/chain.ts';
import { lastMaker, type Maker } from '../worker/maker.ts';
import { type ToldRollout, tellRollout } from './told.ts';

const FORMAT = 'sluice-audit/1';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const json = z.record(z.string(), z.unknown());

const HEADER = z.strictObject({
  format: z.literal(FORMAT),
  sluice: z.string().regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/),
  bundle: hash,
  exportedAt: z.iso.datetime(),
  /** Id of the workflow. */
  workflow: z.string(),
  /** How many there are of each run. */
  events: z.array(z.number()),
});

/** What has to be there to look at the rest; what it says is judged by `verify`. */
const FILE = HEADER.extend({
  runs: z.array(z.strictObject({ run: z.string(), events: z.array(z.strictObject({ hash, event: json })) })).min(1),
  told: json,
  head: hash,
  /** Of the server that made the file, over its head: a compact JWS, see `src/authority/seal.ts`. */
  signature: z.string().optional(),
});

type AuditHeader = z.output<typeof HEADER>;

export interface AuditFile extends Omit<z.output<typeof FILE>, 'told'> {
  told: ToldRollout;
}

/** @param own of this program, for what the history does not say of who decided */
export function auditFile(runs: readonly RunJson[], own: Maker): AuditFile {
  const hashes = chain(runs);
  const told = tellRollout(runs, hashes);
  const header: AuditHeader = {
    format: FORMAT,
    ...lastMaker(runs, own),
    exportedAt: new Date().toISOString(),
    workflow: told.workflow,
    events: runs.map(({ events }) => events.length),
  };
  const chained = runs.map(({ run }, index) => ({ run, events: hashes[index] ?? [] }));
  return { ...header, told, head: linkOf(hashes.flat().at(-1)?.hash ?? '', header), runs: chained };
}

/** @returns what is wrong with it, in words, when it is no such file */
export function readAuditFile(text: string): AuditFile | string {
  try {
    const { data, error } = FILE.safeParse(JSON.parse(text));
    if (data) return data as unknown as AuditFile;
    const [issue] = error.issues;
    const place = [...(issue?.path ?? []), ...(issue?.code === 'unrecognized_keys' ? issue.keys : [])].join('.');
    return `${place || 'the file'} is not as ${FORMAT} has it`;
  } catch {
    return 'it is no JSON';
  }
}
