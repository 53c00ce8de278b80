/** Rollouts page by page, as visibility has them. */
import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import { rolloutWorkflowId } from '../contract/ids.ts';
import { isOutcome, OUTCOMES } from '../contract/view.ts';
import { within } from '../temporal/calls.ts';
import { type ListEntry, toEntry } from './list-rollouts.ts';

/** Which are meant; absent: all. */
export interface RolloutFilter {
  cluster?: string;
  namespace?: string;
  plan?: string;
  state?: readonly ListEntry['state'][];
  step?: string;
}

export interface RolloutPage {
  /** Newest first. */
  entries: ListEntry[];
  /** Where the next page begins; absent: there is none. */
  next?: string;
}

/** Pages of Temporal that one page may read when hardly anything of them is shown. */
const MOST_READ = 10;

/**
 * @param limit most entries of the page  @param from `next` of the page before
 * @param isShown whether whoever asks may see it  @throws RangeError when `from` is nothing that a page gave
 */
export async function pageRollouts(
  client: Client,
  filter: RolloutFilter,
  { limit, from }: { limit: number; from?: string },
  isShown: (entry: ListEntry) => boolean,
): Promise<RolloutPage> {
  const query = queryOf(filter);
  const entries: ListEntry[] = [];
  let token = from === undefined ? Buffer.alloc(0) : tokenOf(from, query);
  for (let read = 0; read < MOST_READ && entries.length < limit; read += 1) {
    const page = await readPage(client, query, limit - entries.length, token);
    entries.push(...page.entries.filter((entry) => isMeant(entry, filter) && isShown(entry)));
    token = Buffer.from(page.token);
    if (token.length === 0) return { entries };
  }
  return { entries, next: nextOf(token, query) };
}

/** Temporal's own token, and what shows that it is one, of the same question: Temporal takes long to say that it is none. */
function nextOf(token: Buffer, query: string): string {
  const mark = createHash('sha256').update(token).update(query).digest('base64url').slice(0, 12);
  return `${token.toString('base64url')}.${mark}`;
}

function tokenOf(from: string, query: string): Buffer {
  const token = Buffer.from(from.split('.')[0] ?? '', 'base64url');
  if (nextOf(token, query) === from) return token;
  throw new RangeError('page is not what the page before gave, with the same query');
}

async function readPage(client: Client, query: string, pageSize: number, nextPageToken: Uint8Array) {
  const { namespace, loadedDataConverter } = client.options;
  const asked = { namespace, query, pageSize, nextPageToken };
  const answer = await within(client, () => client.workflowService.listWorkflowExecutions(asked));
  const infos = await Promise.all(
    answer.executions.map((raw) => executionInfoFromRaw(raw, loadedDataConverter, raw, namespace)),
  );
  return { entries: infos.flatMap((info) => toEntry(info) ?? []), token: answer.nextPageToken ?? new Uint8Array() };
}

/** What is listed must fit all of it; the query only keeps Temporal from reading more. */
function isMeant(entry: ListEntry, { cluster, namespace, plan, state, step }: RolloutFilter): boolean {
  return (
    (cluster ?? entry.cluster) === entry.cluster &&
    (namespace ?? entry.namespace) === entry.namespace &&
    (plan ?? entry.plan) === entry.plan &&
    (step ?? entry.step) === entry.step &&
    (state?.includes(entry.state) ?? true)
  );
}

const ENDED = `ExecutionStatus IN ('Completed', 'ContinuedAsNew')`;
const WITH_OUTCOME = `SluiceState IN (${OUTCOMES.map(quoted).join(', ')})`;

/** Pure. @throws RangeError for names that no rollout has */
export function queryOf({ cluster, namespace, plan, state, step }: RolloutFilter): string {
  const clauses = ["WorkflowType = 'rollout'", `(ExecutionStatus != 'ContinuedAsNew' OR ${WITH_OUTCOME})`];
  if (cluster && namespace && plan) clauses.push(`WorkflowId = ${quoted(rolloutWorkflowId(cluster, namespace, plan))}`);
  else if (cluster)
    clauses.push(`WorkflowId STARTS_WITH ${quoted(`rollout/${cluster}/${namespace ? `${namespace}/` : ''}`)}`);
  if (step) clauses.push(`SluiceStep = ${quoted(step)}`);
  if (state) clauses.push(`(${state.map(clauseOf).join(' OR ')})`);
  return clauses.join(' AND ');
}

/** As `stateOf` tells them, or a little more. */
function clauseOf(state: ListEntry['state']): string {
  if (state === 'lost') return `ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut', 'Canceled')`;
  if (state === 'ended') return ENDED;
  if (isOutcome(state)) return `(${ENDED} AND SluiceState = ${quoted(state)})`;
  if (state === 'going-back')
    return `(ExecutionStatus = 'Running' AND (SluiceState = 'going-back' OR ${WITH_OUTCOME}))`;
  if (state === 'starting')
    return `(ExecutionStatus = 'Running' AND (SluiceState = 'starting' OR SluiceState IS NULL))`;
  return `(ExecutionStatus = 'Running' AND SluiceState = ${quoted(state)})`;
}

function quoted(name: string): string {
  if (!/^[\w./-]+$/.test(name)) throw new RangeError('a name has letters, digits, dots, - and _');
  return `'${name}'`;
}
