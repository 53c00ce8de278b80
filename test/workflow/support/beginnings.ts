/** Everybody asks to begin something: a rollout by a plan of a source or by their own, a mirror, a repair; by every way there is. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vouchForOffer } from '../../../src/authority/index.ts';
import { type MirrorSpec, type MirrorView, mirrorWorkflowId } from '../../../src/contract/mirror.ts';
import type { Offer } from '../../../src/contract/offer.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { loadPlanText } from '../../../src/plan/index.ts';
import { offered, ordered, type TestServer } from '../../support/authority.ts';
import { offerFor, planFor } from '../../support/plan.ts';
import { changed } from '../../support/plan-text.ts';
import type { AskedRight, RightOutcome } from '../../support/rights-table.ts';
import { repairOf } from '../../support/workflow/repair.ts';
import { LOOKED_AT, type Served } from './served.ts';

export const BEGINNINGS = ['run', 'run-any-plan', 'mirror', 'repair'];
const IMAGE = 'registry.example.com/bookinfo/reviews:v9';

type Where = Pick<AskedRight, 'namespace' | 'plan'>;

/** @param other another text than that of the source */
export function planText({ namespace, plan }: Where, other = false): string {
  const text = changed(['name: reviews', `name: ${plan}`], ['namespace: demo', `namespace: ${namespace}`]);
  return other ? text.replace('failureThreshold: 5', 'failureThreshold: 4') : text;
}

/** Path below `/api/v1` and the body for it. */
export function requestFor({ thing, namespace, plan }: AskedRight, cluster: string): [path: string, body: object] {
  const id = randomUUID();
  const what = thing === 'repair' ? [namespace] : { namespace, name: plan };
  if (thing === 'mirror' || thing === 'repair') return ['/statements', { right: thing, cluster, what, forMs: 60_000 }];
  const other = thing === 'run-any-plan' && { planText: planText({ namespace, plan }, true) };
  return [`/rollouts/${cluster}/${namespace}/${plan}/offers`, { id, image: IMAGE, ...other }];
}

/** What is written behind `sluice`. */
export function commandFor({ thing, namespace, plan }: AskedRight): string[] {
  if (thing === 'repair') return ['reconcile', '--repair', '-n', namespace];
  if (thing === 'mirror')
    return [
      ...['mirror', 'start', plan, '-n', namespace, '--route', 'VirtualService/reviews'],
      ...['--from', 'reviews:v1', '--to', 'reviews:v2', '--prometheus', 'http://prometheus:9090'],
    ];
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-matrix-')), 'plan.yaml');
  writeFileSync(file, planText({ namespace, plan }, thing === 'run-any-plan'));
  return ['run', file, '--image', IMAGE];
}

/** Straight to Temporal, with what this server says of it; absent: with nothing. */
export async function beginStraight(
  { harness }: Served,
  { who, thing, namespace, plan: name }: AskedRight,
  server: TestServer | undefined,
): Promise<RightOutcome> {
  const { cluster } = harness;
  if (thing === 'mirror') return mirrorStraight(harness, who, mirrorFor(cluster, { namespace, plan: name }), server);
  const loaded = loadPlanText(planText({ namespace, plan: name }), 'plan');
  const plan = ('plan' in loaded && loaded.plan) as Plan;
  const say = (offer: Offer) => (server ? offered(offer, who, cluster, server) : offer);
  const file = { planFile: `${name}.yaml` };
  const offer = { ...offerFor(plan, IMAGE), id: randomUUID() };
  const order = { right: 'repair' as const, cluster, person: who, what: [namespace] };
  const now = { ...offer.event, source: who, receivedAt: new Date().toISOString() };
  const asked = {
    run: () => say({ ...offer, ...file }),
    'run-any-plan': () => say(offer),
    deploy: () => vouchForOffer({ ...offer, ...file, event: now }, cluster, server?.key),
    repair: async () => ({
      ...repairOf(planFor(name, { namespace }), offer.id),
      ...(server && { statement: await ordered(order, server) }),
    }),
  }[thing] as () => Promise<Offer>;
  const { status, reason = '', problems = [] } = await harness.offer(await asked());
  if (status !== 'rejected') throw new Error(`${thing} is ${status}`);
  return told(`${reason} ${problems.map(({ problem }) => problem).join()}`);
}

async function mirrorStraight(
  { client, queue, cluster }: Served['harness'],
  person: string,
  spec: MirrorSpec,
  server: TestServer | undefined,
): Promise<RightOutcome> {
  const statement = server && (await ordered({ right: 'mirror', cluster, person, what: spec }, server));
  const args = [{ spec, startedBy: `${person} · raw`, statement }];
  const options = { workflowId: mirrorWorkflowId(spec), taskQueue: queue, args };
  const { outcome, problems }: MirrorView = await client.workflow.execute('mirror', options);
  return told(`${outcome?.reason} ${problems.map(({ problem }) => problem).join()}`);
}

export function mirrorFor(cluster: string, { namespace, plan: name }: Where): MirrorSpec {
  const route = { kind: 'VirtualService' as const, name: 'reviews', namespace };
  const ends = { from: { host: 'reviews', subset: 'v1' }, to: { host: 'reviews', subset: 'v2' } };
  return { name, namespace, cluster, route, ...ends, percent: 100, unsafeMethods: false, source: 'default' };
}

function told(text: string): RightOutcome {
  if (text.includes(LOOKED_AT.problem)) return 'proven';
  if (/ may not |no server vouches|is not in the installation/.test(text)) return 'refused';
  throw new Error(text);
}
