/**
 * Every rollout that began in a time. Rollouts of a plan are numbered without gaps: one whose history Temporal has no more is named by the
 * numbers around it.
 */
import { type Client, type WorkflowExecutionInfo, WorkflowNotFoundError } from '@temporalio/client';
import { type ActionVerb, VERBS } from '../contract/action.ts';
import { rolloutId } from '../contract/ids.ts';
import { listKept, readKept } from './kept.ts';
import { findAudit, toldBy } from './read.ts';
import type { AuditRecord } from './record.ts';
import type { ToldRollout } from './told.ts';

/** What is asked for; namespace and plan absent: all. Times: ISO 8601, the last one is not part of it. */
export interface PopulationQuery {
  cluster: string;
  namespace?: string;
  plan?: string;
  since: string;
  until: string;
  /** Of exported audits, for what Temporal has forgotten. */
  dir?: string;
}

export interface PopulationRow {
  /** `<plan>-<epoch>`, or `reviews-1 to reviews-4` for what came before everything that Temporal knows. */
  rollout: string;
  namespace: string;
  plan: string;
  /** ISO 8601 */
  startedAt?: string;
  endedAt?: string;
  image?: string;
  /** Who brought it. */
  by?: string;
  /** Absent while it runs, and where nothing is known. */
  outcome?: string;
  reason?: string;
  /** What people decided instead of the checks. */
  overrides: string[];
  /** What was asked by somebody who was not proven. */
  unproven: string[];
  /** Of the chain up to the outcome, as the notice of the result says it. */
  head?: string;
  /** File that it is told from, as Temporal has forgotten it. */
  from?: string;
  /** Why nothing else is known of it. */
  missing?: string;
}

/** A rollout as Temporal's visibility has it. */
export interface KnownRollout {
  epoch: number;
  /** Of its first run, ISO 8601. */
  startedAt: string;
  /** Id of its last one; absent: whichever it is. */
  run?: string;
}

/** What is not decided by checks but by a person in their place. */
const OVERRIDES: readonly ActionVerb[] = ['promote', 'set-weight', 'retry', 'answer'];

/** Read at once; Temporal answers others meanwhile. */
const TOGETHER = 8;

type Row = Pick<PopulationRow, 'rollout' | 'namespace' | 'plan' | 'startedAt'>;

/** Oldest first, plan by plan. @throws ServiceError when Temporal does not answer */
export async function population(client: Client, span: PopulationQuery): Promise<PopulationRow[]> {
  const rows: PopulationRow[] = [];
  for (const [workflowId, known] of await knownRollouts(client, span)) {
    const [, , namespace = '', plan = ''] = workflowId.split('/');
    const inTime = known.filter(({ startedAt }) => startedAt >= span.since && startedAt < span.until);
    for (let at = 0; at < inTime.length; at += TOGETHER) {
      const read = inTime.slice(at, at + TOGETHER).map(({ epoch, startedAt, run }) => {
        const row = { rollout: rolloutId(plan, epoch), namespace, plan, startedAt };
        return readRow(client, [workflowId, run ?? String(epoch), span.dir], row);
      });
      rows.push(...(await Promise.all(read)));
    }
    for (const gap of gaps(plan, known, span)) rows.push({ ...gap, namespace, plan, overrides: [], unproven: [] });
  }
  return rows;
}

async function readRow(client: Client, which: [id: string, which: string, dir?: string], row: Row) {
  try {
    const { runs, kept } = await findAudit(client, ...which);
    return { ...row, ...factsOf(toldBy(runs)), ...(kept && { from: kept.path }) };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return { ...row, overrides: [], unproven: [], missing: 'Temporal has its history no more' };
  }
}

/** Pure. */
export function factsOf({
  image,
  outcome,
  records,
  missing,
}: ToldRollout): Omit<PopulationRow, 'rollout' | 'namespace' | 'plan'> {
  const asked = records.filter((record) => verbOf(record) !== undefined);
  return {
    image,
    by: records[0]?.who,
    ...(outcome && { outcome: outcome.kind, reason: outcome.reason, head: outcome.head, endedAt: records.at(-1)?.at }),
    overrides: asked.filter((record) => OVERRIDES.some((verb) => verb === verbOf(record))).map(said),
    unproven: asked.filter(({ who }) => who.includes('(unverified)')).map(said),
    ...(missing && { missing: 'Temporal has its first runs no more' }),
  };
}

function verbOf({ what }: AuditRecord): ActionVerb | undefined {
  return VERBS.find((verb) => what === verb || what.startsWith(`${verb} `));
}

function said({ at, what, who, why, result }: AuditRecord): string {
  return `${at} ${what} by ${who}${why ? `: ${why}` : ''} (${result})`;
}

/** Number of the rollout of a listed run; undefined: it has none. */
export function epochOf({ searchAttributes }: Pick<WorkflowExecutionInfo, 'searchAttributes'>): number | undefined {
  const [, epoch] = /-(\d+)$/.exec(String(searchAttributes.SluiceRollout?.[0] ?? '')) ?? [];
  return epoch === undefined ? undefined : Number(epoch);
}

type Known = Map<string, Map<number, KnownRollout>>;

/** By the workflow's id, in order of their numbers. */
async function knownRollouts(client: Client, query: PopulationQuery): Promise<Map<string, KnownRollout[]>> {
  const found: Known = new Map();
  for await (const info of client.workflow.list({ query: "WorkflowType = 'rollout'", pageSize: 500 })) {
    const epoch = epochOf(info);
    if (!isAsked(info.workflowId, query) || epoch === undefined) continue;
    const { startedAt: later, run = info.runId } = found.get(info.workflowId)?.get(epoch) ?? {};
    const startedAt = [later, info.startTime.toISOString()].filter((at) => at !== undefined).sort()[0] ?? '';
    add(found, info.workflowId, { epoch, startedAt, run });
  }
  if (query.dir !== undefined) await addKept(found, query, query.dir);
  const inOrder = ([id, of]: [string, Map<number, KnownRollout>]) =>
    [id, [...of.values()].sort((a, b) => a.epoch - b.epoch)] as const;
  return new Map([...found].sort(([a], [b]) => a.localeCompare(b)).map(inOrder));
}

/** What only its file knows. */
async function addKept(found: Known, query: PopulationQuery, dir: string): Promise<void> {
  for (const { workflowId, epoch, path } of await listKept(dir)) {
    if (!isAsked(workflowId, query) || found.get(workflowId)?.has(epoch)) continue;
    const { file } = await readKept(path);
    add(found, workflowId, { epoch, startedAt: file.told.records[0]?.at ?? file.exportedAt });
  }
}

function add(found: Known, workflowId: string, known: KnownRollout): void {
  found.set(workflowId, (found.get(workflowId) ?? new Map<number, KnownRollout>()).set(known.epoch, known));
}

function isAsked(workflowId: string, { cluster, namespace, plan }: PopulationQuery): boolean {
  const [, where, space, name] = workflowId.split('/');
  return where === cluster && (!namespace || space === namespace) && (!plan || name === plan);
}

/** Numbers that nobody has, as far as they may have begun in the time. @param known in order  Pure. */
export function gaps(
  plan: string,
  known: readonly KnownRollout[],
  { since, until }: Pick<PopulationQuery, 'since' | 'until'>,
): Pick<PopulationRow, 'rollout' | 'missing'>[] {
  return known.flatMap((next, at) => {
    const before = known[at - 1];
    const [from, to] = [(before?.epoch ?? 0) + 1, next.epoch - 1];
    if (from > to || next.startedAt < since || (before && before.startedAt >= until)) return [];
    const rollout = from === to ? rolloutId(plan, from) : `${rolloutId(plan, from)} to ${rolloutId(plan, to)}`;
    const began = before ? `between ${before.startedAt} and ${next.startedAt}` : `before ${next.startedAt}`;
    return [{ rollout, missing: `Temporal has no history of it; it began ${began}` }];
  });
}
