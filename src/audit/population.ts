/**
 * Every rollout that began in a time. Rollouts of a plan are numbered without gaps: one whose history Temporal has no more is named by the
 * numbers around it.
 */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { type ActionVerb, VERBS } from '../contract/action.ts';
import { rolloutId } from '../contract/ids.ts';
import { readAudit } from './read.ts';
import type { AuditRecord } from './record.ts';
import type { ToldRollout } from './told.ts';

/** What is asked for; namespace and plan absent: all. Times: ISO 8601, the last one is not part of it. */
export interface PopulationQuery {
  cluster: string;
  namespace?: string;
  plan?: string;
  since: string;
  until: string;
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
  /** Why nothing else is known of it. */
  missing?: string;
}

/** A rollout as Temporal's visibility has it. */
export interface KnownRollout {
  epoch: number;
  /** Of its first run, ISO 8601. */
  startedAt: string;
}

/** What is not decided by checks but by a person in their place. */
const OVERRIDES: readonly ActionVerb[] = ['promote', 'set-weight', 'retry', 'answer'];

/** Oldest first, plan by plan. @throws ServiceError when Temporal does not answer */
export async function population(client: Client, span: PopulationQuery): Promise<PopulationRow[]> {
  const rows: PopulationRow[] = [];
  for (const [workflowId, known] of await knownRollouts(client, span)) {
    const [, , namespace = '', plan = ''] = workflowId.split('/');
    for (const { epoch, startedAt } of known) {
      if (startedAt < span.since || startedAt >= span.until) continue;
      const row = { rollout: rolloutId(plan, epoch), namespace, plan, startedAt };
      rows.push(await readRow(client, workflowId, epoch, row));
    }
    for (const gap of gaps(plan, known, span)) rows.push({ ...gap, namespace, plan, overrides: [], unproven: [] });
  }
  return rows;
}

async function readRow(
  client: Client,
  workflowId: string,
  epoch: number,
  row: Pick<PopulationRow, 'rollout' | 'namespace' | 'plan' | 'startedAt'>,
): Promise<PopulationRow> {
  try {
    return { ...row, ...factsOf(await readAudit(client, workflowId, String(epoch))) };
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

/** By the workflow's id, in order of their numbers. */
async function knownRollouts(
  client: Client,
  { cluster, namespace, plan }: PopulationQuery,
): Promise<Map<string, KnownRollout[]>> {
  const found = new Map<string, Map<number, KnownRollout>>();
  const wanted = (id: string) => {
    const [, where, space, name] = id.split('/');
    return where === cluster && (!namespace || space === namespace) && (!plan || name === plan);
  };
  for await (const info of client.workflow.list({ query: "WorkflowType = 'rollout'", pageSize: 500 })) {
    const rollout = info.searchAttributes.SluiceRollout?.[0];
    const epoch = Number(/-(\d+)$/.exec(String(rollout ?? ''))?.[1] ?? Number.NaN);
    if (!wanted(info.workflowId) || Number.isNaN(epoch)) continue;
    const of = found.get(info.workflowId) ?? new Map<number, KnownRollout>();
    const startedAt = [of.get(epoch)?.startedAt, info.startTime.toISOString()]
      .filter((at) => at !== undefined)
      .sort()[0];
    found.set(info.workflowId, of.set(epoch, { epoch, startedAt: startedAt ?? '' }));
  }
  const inOrder = ([id, of]: [string, Map<number, KnownRollout>]) =>
    [id, [...of.values()].sort((a, b) => a.epoch - b.epoch)] as const;
  return new Map([...found].sort(([a], [b]) => a.localeCompare(b)).map(inOrder));
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
