/** What each page asks the API for, and what it becomes. */
import { cleanDeep } from 'sluice/contract';
import type { Interval, Session } from 'sluice/server';
import type { Api, RefusedByApi } from './ask-api.ts';
import type { Drawn } from './document.tsx';
import { type FormKey, pathOf, type RolloutRow } from './parts/data.ts';
import type { ListPageProps } from './parts/inbox.tsx';
import { GROUPS, type GroupName, inGroup, isGroup, matches, type RowFilter, sorted } from './parts/list.ts';
import { LiveList, LiveRollout } from './parts/live.tsx';
import { HistoryPage, type HistoryPageProps } from './parts/past.tsx';
import { RolloutPage, type RolloutPageProps } from './parts/rollout.tsx';
import { RefusalNote } from './parts/small.tsx';
import { sparedBy } from './parts/spared.ts';
import { Standstill, type StandstillProps } from './parts/standstill.tsx';
import type { Page, Place } from './place.ts';

export interface PageRequest {
  api: Api;
  session: Session;
  query: URLSearchParams;
  nowMs: number;
}

const OPEN = 'needs-you,paused,starting,running,going-back,lost';
/** Rows of a page, and the most that goes on at once. */
const ROWS = '100';
const MOST_OPEN = '200';
/** Questions that are shown with their answers. */
const MOST_ASKING = 10;

export async function listPage({ api, session, query, nowMs }: PageRequest): Promise<Drawn<ListPageProps>> {
  const state = query.get('state') ?? undefined;
  const filter: RowFilter = {
    state: isGroup(state) ? state : undefined,
    q: query.get('q')?.slice(0, 200) || undefined,
  };
  const page = query.get('page') ?? undefined;
  const group = filter.state && GROUPS[filter.state].states.join(',');
  const [open, newest, chosen, unpolled] = await Promise.all([
    api.rollouts({ state: OPEN, limit: MOST_OPEN }),
    api.rollouts({ limit: ROWS, page: group ? undefined : page }),
    group ? api.rollouts({ state: group, limit: ROWS, page }) : undefined,
    api.unpolled().catch(() => []),
  ]);
  const { rollouts: rows, next } = chosen ?? newest;
  const all = distinct([...open.rollouts, ...newest.rollouts, ...rows]);
  const asking = page ? [] : await askingOf(api, open.rollouts);
  return {
    title: asking.length > 0 ? `${asking.length} need you` : 'Rollouts',
    trail: [],
    island: 'list',
    Page: LiveList,
    props: {
      rows: sorted((page ? rows : all).filter((row) => matches(row, filter))),
      asking,
      counts: countsOf(all),
      filter,
      fresh: 0,
      older: page !== undefined,
      unpolled,
      form: formKey(session),
      nowMs,
      next,
    },
  };
}

function distinct(rows: readonly RolloutRow[]): RolloutRow[] {
  return [...new Map(rows.map((row) => [row.runId, row])).values()];
}

/** With their questions; who has waited longest comes first. What cannot be read is in the list below all the same. */
async function askingOf(api: Api, open: readonly RolloutRow[]): Promise<ListPageProps['asking']> {
  const rows = open.filter((row) => inGroup(row, 'needs-you')).slice(0, MOST_ASKING);
  const views = await Promise.all(rows.map((row) => api.rollout(row).catch(() => undefined)));
  const since = ({ questions: [first] }: ListPageProps['asking'][number]) => first?.since ?? '';
  return views
    .flatMap((view) => (view?.questions.length ? [view] : []))
    .toSorted((a, b) => since(a).localeCompare(since(b)));
}

function countsOf(rows: readonly RolloutRow[]): Record<GroupName, number> {
  const names = Object.keys(GROUPS) as GroupName[];
  const counts = names.map((name) => [name, rows.filter((row) => inGroup(row, name)).length]);
  return Object.fromEntries(counts) as Record<GroupName, number>;
}

/** @param refused what became of an action that was asked for on it */
export async function rolloutPage(
  { api, session, query, nowMs }: PageRequest,
  place: Place,
  refused?: RefusedByApi,
): Promise<Drawn<RolloutPageProps>> {
  const run = query.get('run') ?? undefined;
  const [rollout, intervals, unpolled] = await Promise.all([
    api.rollout(place, run),
    api.intervals(place, run).catch((): Interval[] => []),
    api.unpolled().catch(() => undefined),
  ]);
  const [verb, id] = [query.get('sent'), query.get('id')];
  return {
    title: `${rollout.plan} ${rollout.rollout ?? ''}`.trim(),
    trail: trailOf(place),
    // an earlier run stays as it was
    ...(run && rollout.run.status === 'closed'
      ? { island: 'past', Page: RolloutPage }
      : { island: 'rollout', Page: LiveRollout }),
    status: refused?.status,
    props: {
      rollout,
      intervals,
      unpolled,
      nowMs,
      form: formKey(session),
      ask: query.get('ask') ?? undefined,
      refusal: refused?.refusal,
      // shown as it came: what is no verb is none of ours
      sent: verb && id && /^[a-z-]{1,20}$/.test(verb) ? { verb, id } : undefined,
    },
  };
}

/** @param refused nobody could say how it is */
export async function standstillPage(
  { api }: PageRequest,
  place: Place,
  refused: RefusedByApi,
): Promise<Drawn<StandstillProps>> {
  const [rows, unpolled] = await Promise.all([
    api.rollouts({ ...place, limit: '1' }).then(
      ({ rollouts }) => rollouts,
      () => [],
    ),
    api.unpolled().catch(() => []),
  ]);
  const props = { row: rows[0], refusal: refused.refusal, unpolled };
  return { title: place.plan, trail: trailOf(place), Page: Standstill, props, status: refused.status };
}

export async function historyPage({ api, query, nowMs }: PageRequest, place: Place): Promise<Drawn<HistoryPageProps>> {
  const { rollouts, next } = await api.history(place, query.get('page') ?? undefined);
  const past = await Promise.all(
    rollouts.map(async (one) => {
      if (one.state !== 'failed' && one.state !== 'aborted') return one;
      const intervals = await api.intervals(place, one.runId).catch((): Interval[] => []);
      return { ...one, spared: sparedBy(intervals) };
    }),
  );
  const title = `History of ${place.plan}`;
  return {
    title,
    trail: [...trailOf(place), ['History', `${pathOf(place)}/history`]],
    Page: HistoryPage,
    props: { place, past, nowMs, next },
  };
}

/** The API says why, and what would be right: which right is missing, for example. */
export function problemPage(page: Page, { status, refusal }: RefusedByApi): Drawn<object> {
  const trail = 'place' in page ? trailOf(cleanDeep(page.place)) : [];
  const title = status === 403 ? 'Not allowed' : status === 404 ? 'Not found' : 'It cannot be shown';
  const Problem = () => (
    <>
      <h1>{title}</h1>
      <RefusalNote refusal={refusal} />
    </>
  );
  return { title, trail, Page: Problem, props: {}, status };
}

function trailOf(place: Place): [string, string][] {
  return [[`${place.namespace}/${place.plan}`, pathOf(place)]];
}

function formKey({ csrf, name }: Session): FormKey {
  return { csrf, name, id: crypto.randomUUID() };
}
