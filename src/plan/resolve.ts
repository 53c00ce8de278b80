import type { AnalysisPlan, Check, MetricReference } from '../contract/analysis.ts';
import type {
  AcceptanceTest,
  AffinityPlan,
  ApprovalPlan,
  Destination,
  JobTest,
  MirrorPlan,
  Plan,
  RouteRef,
  ScalePlan,
  ShiftPlan,
  TrafficPlan,
} from '../contract/plan.ts';
import { can } from '../routers/registry.ts';
import { milliseconds as ms } from './duration.ts';
import { resolveCompare } from './resolve-compare.ts';
import type { PlanDocument, PlanSpec } from './schema/plan.ts';
import { matchStages, shiftStages } from './schema/shift.ts';
import type { DestinationDocument } from './schema/traffic.ts';

/** A valid document as a rollout pins it: durations in ms, namespaces filled in, absent steps left out. */
export function resolvePlan({ metadata, spec }: PlanDocument): Plan {
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    workload: spec.workload,
    events: spec.events,
    traffic: resolveTraffic(spec.traffic, metadata.namespace),
    scale: resolveScale(spec.scale),
    acceptance: (spec.acceptance ?? []).map(resolveTest),
    ...(spec.load && resolveLoad(spec.load)),
    ...(spec.mirror && { mirror: resolveMirror(spec.mirror) }),
    shift: resolveShift(spec.shift),
    ...resolveMatch(spec.shift),
    ...(spec.affinity && { affinity: resolveAffinity(spec.affinity) }),
    analysis: resolveAnalysis(spec.analysis),
    ...(spec.approvals.length > 0 && { approvals: spec.approvals.map(resolveApproval) }),
    ...(spec.windows.length > 0 && { windows: spec.windows }),
    ...(spec.freezes.length > 0 && { freezes: spec.freezes }),
    ...(spec.pause && { pause: { limitMs: ms(spec.pause.limit), onLimit: spec.pause.onLimit } }),
    onNewRevision: spec.onNewRevision,
    ...(spec.queue && { queue: spec.queue }),
    notify: spec.notify,
    ...(spec.links && { links: spec.links }),
    needsYou: { againMs: ms(spec.needsYou.again) },
  };
}

function resolveShift(shift: PlanSpec['shift']): ShiftPlan {
  const stages = shiftStages(shift);
  const stagesMs = stages.map(({ every }) => ms(every));
  const [firstMs = 0, lastMs = 0] = [stagesMs[0], stagesMs.at(-1)];
  const { back } = shift;
  return {
    weights: stages.map(({ weight }) => weight),
    everyMs: lastMs,
    ...(shift.stages && { stagesMs }),
    ...(back && { back: { weights: back.weights, everyMs: back.every ? ms(back.every) : firstMs } }),
  };
}

function resolveMatch(shift: PlanSpec['shift']): Pick<Plan, 'match'> {
  const stages = matchStages(shift).map(({ match, every, iterations }) => {
    const header = Object.entries(match.header ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
    return { match: match.header ? { header: Object.fromEntries(header) } : match, everyMs: ms(every), iterations };
  });
  return stages.length > 0 ? { match: stages } : {};
}

function resolveTraffic({ terminationDrain, ...traffic }: PlanSpec['traffic'], namespace: string): TrafficPlan {
  const routes: RouteRef[] = traffic.routes.map((route) => ({ ...route, namespace: route.namespace ?? namespace }));
  return {
    ...traffic,
    routes,
    ...destinationsOf(traffic),
    ...modeOf(traffic),
    terminationDrainMs: ms(terminationDrain),
  };
}

type TrafficDocument = Pick<PlanSpec['traffic'], 'routes' | 'mode' | 'primary' | 'canary'>;

/** Where a route itself selects, it is the primary's destination; the canary's is the same while it has none of its own. */
function destinationsOf({ routes, primary, canary }: TrafficDocument): Pick<TrafficPlan, 'primary' | 'canary'> {
  const [first] = routes;
  if (!first || can(first.kind).destination !== 'selector')
    return { primary: resolveDestination(primary), canary: resolveDestination(canary) };
  return { primary: { host: first.name }, canary: { host: canary.service ?? first.name } };
}

function modeOf({ routes, mode = 'switch' }: TrafficDocument): Pick<TrafficPlan, 'mode'> {
  return routes.some(({ kind }) => can(kind).weights === 'pods') ? { mode } : {};
}

function resolveDestination({ host, subset, service = '', namespace, port }: DestinationDocument): Destination {
  if (host !== undefined) return { host, ...(subset !== undefined && { subset }) };
  return { host: namespace ? `${service}.${namespace}.svc` : service, port };
}

function resolveAffinity({ maxAge, cleanupAfter, ...affinity }: NonNullable<PlanSpec['affinity']>): AffinityPlan {
  return { ...affinity, maxAgeS: Math.max(1, Math.round(ms(maxAge) / 1000)), cleanupAfterMs: ms(cleanupAfter) };
}

function resolveScale({ readyTimeout, ...scale }: PlanSpec['scale']): ScalePlan {
  return { ...scale, readyTimeoutMs: ms(readyTimeout) };
}

function resolveTest({ name, http, job, timeout }: NonNullable<PlanSpec['acceptance']>[number]): AcceptanceTest {
  if (!http) return { name, job: job as JobTest['job'], timeoutMs: ms(timeout ?? '2m') };
  const { via: _pod, ...request } = http;
  return { name, http: request, timeoutMs: ms(timeout ?? '10s') };
}

function resolveLoad({
  duration,
  expect,
  during,
  ...load
}: NonNullable<PlanSpec['load']>): Pick<Plan, 'load' | 'during'> {
  const { requestsPerSecond = 0, path, method, headers } = load;
  const { successRate, p99 } = expect;
  const limits = { successRate, ...(p99 && { p99Ms: ms(p99) }) };
  return {
    ...(duration && { load: { ...load, requestsPerSecond, durationMs: ms(duration), expect: limits } }),
    ...(during && { during: { ...during, path, method, headers } }),
  };
}

function resolveMirror({ every, ...mirror }: NonNullable<PlanSpec['mirror']>): MirrorPlan {
  return { ...mirror, everyMs: ms(every) };
}

function resolveApproval({ expires, ...approval }: PlanSpec['approvals'][number]): ApprovalPlan {
  return { ...approval, ...(expires && { expiresMs: ms(expires) }) };
}

/** Two that may abort have half of the chance of a false one each. */
function resolveAnalysis({ compare, pods, ...analysis }: PlanSpec['analysis']): AnalysisPlan {
  const checks = analysis.checks.map(resolveCheck);
  const compared = compare && resolveCompare(pods ? { ...compare, alpha: compare.alpha / 2 } : compare);
  const reference = checks.some(needsMetrics) ? resolveReference(analysis) : {};
  return { ...analysis, ...reference, checks, ...(compared && { compare: compared }), ...(pods && { pods }) };
}

/** Where neither is written, the source `default` is meant. */
export function resolveReference({ source = 'default', prometheus }: MetricReference): MetricReference {
  return prometheus === undefined ? { source } : { prometheus };
}

function needsMetrics(check: Check): boolean {
  return check.builtin === undefined ? 'query' in check : check.builtin !== 'podHealth';
}

function resolveCheck(check: PlanSpec['analysis']['checks'][number]): Check {
  if (check.builtin === 'requestDuration') {
    const { max, ...rest } = check;
    return { ...rest, maxMs: ms(max) };
  }
  if (check.builtin !== undefined || !check.job) return check as Check;
  const { timeout = '2m', job, ...rest } = check;
  return { ...rest, job, timeoutMs: ms(timeout) } as Check;
}
