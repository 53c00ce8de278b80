/** Rows, their order, and what the search says. Pure. */
import { type Badge, isOutcome, STEPS, stateBadge, stateWord } from 'sluice/contract';
import type { RolloutRow } from './data.ts';

export interface RowFilter {
  /** A group of states, see `GROUPS`. Default: all. */
  state?: GroupName;
  /** `name`, `!not`, `"exact"`, `ns:demo`, `state:paused`. */
  q?: string;
}

/** Counters that are filters: what may need somebody comes first. */
export const GROUPS = {
  'needs-you': { word: 'Needs you', states: ['needs-you'] },
  lost: { word: 'Lost', states: ['lost'] },
  paused: { word: 'Paused', states: ['paused'] },
  running: { word: 'Running', states: ['starting', 'running', 'going-back'] },
  failed: { word: 'Failed', states: ['failed', 'refused'] },
  aborted: { word: 'Aborted', states: ['aborted', 'superseded'] },
  promoted: { word: 'Promoted', states: ['promoted', 'cleaning', 'repaired'] },
} as const satisfies Record<string, { word: string; states: RolloutRow['state'][] }>;

export type GroupName = keyof typeof GROUPS;

export function isGroup(text: string | undefined): text is GroupName {
  return text !== undefined && Object.hasOwn(GROUPS, text);
}

export function inGroup({ state }: RolloutRow, group: GroupName): boolean {
  return (GROUPS[group].states as readonly string[]).includes(state);
}

const ORDER: string[] = ['needs-you', 'lost', 'paused', 'going-back', 'running', 'starting'];

/** Who is waited for, what is stuck, paused, running; then what has ended, newest first. */
export function sorted(rows: readonly RolloutRow[]): RolloutRow[] {
  const rank = ({ state }: RolloutRow) => (ORDER.includes(state) ? ORDER.indexOf(state) : ORDER.length);
  const time = ({ endedAt, startedAt }: RolloutRow) => Date.parse(endedAt ?? startedAt);
  return rows.toSorted((a, b) => rank(a) - rank(b) || time(b) - time(a));
}

export function matches(row: RolloutRow, { state, q = '' }: RowFilter): boolean {
  return (
    (!state || inGroup(row, state)) && (q.match(/!?(?:\w+:)?(?:"[^"]*"|\S+)/g) ?? []).every((term) => fits(row, term))
  );
}

const FIELDS = {
  ns: 'namespace',
  plan: 'plan',
  state: 'state',
  step: 'step',
  cluster: 'cluster',
  revision: 'revision',
} as const;

function fits(row: RolloutRow, term: string): boolean {
  if (term.startsWith('!') && term.length > 1) return !fits(row, term.slice(1));
  const [, key = '', text = term] = /^(\w+):(.+)$/.exec(term) ?? [];
  const exact = /^"(.*)"$/.exec(text)?.[1];
  const name = `${row.namespace}/${row.plan}`;
  const values = Object.hasOwn(FIELDS, key)
    ? [row[FIELDS[key as keyof typeof FIELDS]]]
    : [name, row.plan, row.rollout, row.revision];
  const wanted = Object.hasOwn(FIELDS, key) ? text : term;
  if (exact !== undefined) return values.includes(exact);
  return values.some((value) => value?.toLowerCase().includes(wanted.toLowerCase()));
}

export function badgeOf(state: RolloutRow['state']): { badge: Badge; word: string } {
  if (state === 'lost') return { badge: { mark: '⚠', style: 'bad' }, word: 'Lost' };
  const view = isOutcome(state)
    ? { state: 'ended' as const, outcome: { kind: state, reason: '', step: 19 } }
    : { state };
  return { badge: stateBadge(view), word: stateWord(view) };
}

/** `13/19 shift` */
export function stepText(step: string | undefined): string {
  const at = STEPS.findIndex(({ name }) => name === step);
  return at < 0 ? '' : `${at + 1}/${STEPS.length} ${step}`;
}

/** What is shown stays where it is, whatever becomes of it; what is new waits to be asked for. */
export function keepOrder(
  shown: readonly RolloutRow[],
  now: readonly RolloutRow[],
): { rows: RolloutRow[]; fresh: number } {
  const byRun = new Map(now.map((row) => [row.runId, row]));
  const known = new Set(shown.map(({ runId }) => runId));
  return {
    rows: shown.map((row) => byRun.get(row.runId) ?? row),
    fresh: now.filter(({ runId }) => !known.has(runId)).length,
  };
}
