/** A server's door with recorded rollouts behind it: what the API would answer, and what it was asked to do. */
import type { ExtensionHost, Interval, PastRollout, Rollout, Rollouts } from 'sluice/server';
import { endOf, eventsOf, intervalsOf, rolloutOf } from './recorded.ts';

type Row = Rollouts['rollouts'][number];

export interface StandInWorld {
  /** By path below `/api/v1`. */
  rollouts: Map<string, Rollout>;
  intervals: Interval[];
  unpolled: string[];
  past: PastRollout[];
  /** What was asked to be done, and with which proof. */
  acted: { path: string; csrf: string | null; action: Record<string, unknown> }[];
  /** Instead of every answer below these paths. */
  refusals: Map<string, { status: number; body: object }>;
  person?: string;
}

export const CSRF = 'proof-of-this-session';

/** The recorded rollout of lab/tour, ended; more by `rollouts`. */
export function recordedWorld(rollouts: Rollout[] = [], change: Partial<StandInWorld> = {}): StandInWorld {
  const events = eventsOf();
  const ended = rolloutOf(endOf(events));
  const views = rollouts.length > 0 ? rollouts : [ended];
  return {
    rollouts: new Map(views.map((view) => [`/rollouts/${view.cluster}/${view.namespace}/${view.plan}`, view])),
    intervals: intervalsOf(events),
    unpolled: [],
    past: [{ ...rowOf(ended), outcome: ended.outcome, image: 'reviews:v3', by: 'ci', reason: 'faster stars' }],
    acted: [],
    refusals: new Map(),
    person: 'ann',
    ...change,
  };
}

function rowOf(view: Rollout): Row {
  const { cluster, namespace, plan, rollout, startedAt, endedAt } = view;
  const step = view.steps.find(({ state }) => state === 'running')?.name;
  const state = view.outcome?.kind ?? view.state;
  return {
    cluster,
    namespace,
    plan,
    rollout,
    startedAt,
    endedAt,
    step,
    state,
    revision: view.revision?.id,
    runId: `run-${plan}`,
  };
}

export function hostOf(world: StandInWorld): ExtensionHost {
  return {
    cluster: 'local',
    api: async (asked) => answer(world, asked),
    session: async () =>
      world.person ? { name: world.person, groups: [], csrf: CSRF, expires: '2026-12-01T00:00:00Z' } : undefined,
  };
}

export async function answer(world: StandInWorld, asked: Request): Promise<Response> {
  const url = new URL(asked.url);
  const path = url.pathname.replace('/api/v1', '');
  const refused = [...world.refusals].find(([below]) => path.startsWith(below))?.[1];
  if (refused) return Response.json(refused.body, { status: refused.status });
  if (path.endsWith('/actions')) {
    world.acted.push({ path, csrf: asked.headers.get('x-csrf-token'), action: await asked.json() });
    return Response.json({ accepted: true, message: 'it is done' });
  }
  const body = read(world, path, url.searchParams.get('state')?.split(','));
  return body
    ? Response.json(body)
    : Response.json({ title: 'nothing was ever rolled out under this name' }, { status: 404 });
}

function read(world: StandInWorld, path: string, states?: string[]): object | undefined {
  if (path === '/rollouts') {
    const rows = [...world.rollouts.values()].map(rowOf);
    return { rollouts: rows.filter(({ state }) => !states || states.includes(state)) };
  }
  if (path.endsWith('/intervals')) return { intervals: world.intervals };
  if (path === '/installation/health') return { unpolled: world.unpolled };
  if (path.startsWith('/plans/')) return { rollouts: world.past };
  return world.rollouts.get(path);
}
