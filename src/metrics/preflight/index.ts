/** Preflight on data: from what the running primary has answered lately, without waiting. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import type { Examined } from '../../contract/preflight.ts';
import { formatSpan, plural } from '../../contract/words.ts';
import { selector } from '../../promql/quote.ts';
import type { Failed } from '../answer.ts';
import type { SeriesTarget } from '../istio-series.ts';
import type { PrometheusClient, QueryOutcome } from '../prometheus.ts';
import { askCheck, queryChecks } from '../query-checks.ts';
import { queryFault } from '../query-value.ts';
import { familyOf, type SeriesFamily } from '../request-queries.ts';
import { lateness, sourceQuestion } from '../source-question.ts';
import { counterOf, foreignPods, labelProblems } from './arms.ts';
import { askPrimary, requestsOf, type Seen } from './ask.ts';
import { adviceOf, familiesQuery } from './families.ts';
import { outlook } from './outlook.ts';

/** The metric source does not answer: nothing is known of the data, and waiting or a person may help. */
export class SourceAway extends Error {
  override readonly name = 'SourceAway';
}

export interface DataQuestion {
  plan: Pick<Plan, 'mirror' | 'shift' | 'analysis' | 'during'>;
  target: SeriesTarget;
  /** The primary's pods, as the cluster has them. */
  pods: string[];
  /** How long a source that is away is asked again, ms. */
  patienceMs: number;
  signal?: AbortSignal | undefined;
}

/** @throws SourceAway; an aborted signal */
export async function inspectData(
  client: PrometheusClient,
  question: DataQuestion,
): Promise<{ metrics: Examined; judged: Examined }> {
  const { plan, target, pods, patienceMs, signal } = question;
  const { compare, checks, series, source, prometheus } = plan.analysis;
  const judged: Examined = { problems: [], warnings: [], facts: [] };
  const late: string[] = [];
  const nothing = (problems: Problem[]) => ({ metrics: { problems, warnings: late, facts: [] }, judged });
  if (source === undefined && prometheus === undefined) return nothing([]);
  const answer = await patiently(question, () => askSource(client, question));
  if (!answer.ok) return nothing([sourceProblem(plan, answer)]);
  const behind = lateness(answer.samples);
  if (behind) late.push(`${nameOf(plan.analysis)} ${behind}`);
  const problems = await queryProblems(client, question);
  if (!compare && !checks.some(({ builtin }) => builtin && builtin !== 'podHealth')) return nothing(problems);
  const family = familyOf(series, client.labelNames);
  const ask = () => patiently(question, () => askPrimary(client, family, target, signal));
  let seen = await ask();
  for (const endMs = Date.now() + Math.min(patienceMs, NEW_MS); !seen && Date.now() < endMs; seen = await ask())
    await sleep(SCRAPED_MS, undefined, { signal });
  if (!seen || 'error' in seen) {
    const found = seen
      ? { problems: [sourceProblem(plan, seen)], warnings: [] }
      : await absent(client, family, question);
    return {
      metrics: { problems: [...problems, ...found.problems], warnings: [...late, ...found.warnings], facts: [] },
      judged,
    };
  }
  const foreign = foreignPods(family, seen.series, pods);
  const metrics = {
    problems: [
      ...problems,
      ...labelProblems(family, seen.series, pods),
      ...foreign.problems,
      ...durationProblems(plan, seen.bounds),
    ],
    warnings: [...late, ...foreign.warnings],
    facts: factsOf(family, seen),
  };
  return { metrics, judged: outlook(plan, seen) };
}

/** A service that was made a moment ago is scraped soon, ms. */
const NEW_MS = 15_000;
const SCRAPED_MS = 1_000;
const AGAIN_MS = 5_000;

/** @throws SourceAway when nobody has answered for long enough */
async function patiently<T>(
  { patienceMs, signal, plan }: DataQuestion,
  ask: () => Promise<T | Failed>,
): Promise<T | Failed> {
  const endMs = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    const error = typeof answer === 'object' && answer && 'error' in answer ? (answer as Failed).error : undefined;
    const away = error && (['unreachable', 'timeout'].includes(error.kind) || /HTTP (5\d\d|429)/.test(error.message));
    if (!away) return answer;
    const what = `so it is not known whether ${nameOf(plan.analysis)} has what this plan needs`;
    if (Date.now() > endMs) throw new SourceAway(`${error.message}, tried for ${formatSpan(patienceMs)}, ${what}`);
    await sleep(AGAIN_MS, undefined, { signal });
  }
}

/** Whether the source is one, lets us in, and takes the plan's matchers. */
async function askSource(client: PrometheusClient, { plan, signal }: DataQuestion): Promise<QueryOutcome> {
  const { series } = plan.analysis;
  const matched = series?.kind === 'app' ? selector(series.requests, series.matchers ?? {}) : 'up';
  return client.query(sourceQuestion(matched), { signal });
}

const REMEDIES: Partial<Record<Failed['error']['kind'], string>> = {
  source: 'ask who runs Sluice for a metric source',
  login: 'ask who runs Sluice for the login that it wants',
  partial: 'mend what is missing of the data, or let the metric source say warnings: ignore',
};

function sourceProblem({ analysis }: DataQuestion['plan'], { error }: Failed): Problem {
  const { message, kind, detail } = error;
  const problem = detail ? `${message}: ${detail}` : message;
  if (kind === 'badQuery' && analysis.series?.kind === 'app')
    return { where: 'analysis.series.matchers', problem, remedy: 'correct the pattern: Prometheus knows those of RE2' };
  const remedy = REMEDIES[kind] ?? 'check the address, and what is in front of it';
  return { where: kind === 'source' ? 'analysis.source' : nameOf(analysis), problem, remedy };
}

function nameOf({ source, prometheus }: DataQuestion['plan']['analysis']): string {
  return prometheus ?? `metric source ${source}`;
}

/** A query that Prometheus refuses, or that can never give one number, is a problem; no data yet is none. */
async function queryProblems(client: PrometheusClient, { plan, target, signal }: DataQuestion): Promise<Problem[]> {
  const scope = { arm: 'primary' as const, intervalMs: plan.shift.everyMs };
  const tried = queryChecks(plan.analysis.checks).map(async (check): Promise<Problem[]> => {
    const fault = queryFault(await askCheck(client, target, check, scope, signal));
    return fault ? [{ where: `check ${check.name}`, ...fault }] : [];
  });
  return (await Promise.all(tried)).flat();
}

/** What a plan has besides the users' series, which may be there only later. */
function otherwiseKnown({ during, analysis }: DataQuestion['plan']): string | undefined {
  if (during) return 'the requests of spec.load.during will bring it';
  return analysis.pods && "until it comes the pods' own counters are all there is";
}

/** Seen within seven days is a warning; never seen, nothing of this plan can be judged. */
async function absent(client: PrometheusClient, family: SeriesFamily, { plan, target, signal }: DataQuestion) {
  const requests = requestsOf(family, target);
  const samplesOf = (answer: QueryOutcome) => (answer.ok ? answer.samples : []);
  const week = requests.map((series) => `last_over_time(${series}[7d])`).join(' or ');
  const before = await client.query(`count(${week})`, { signal });
  const what = requests.join(' or ');
  if (samplesOf(before).length > 0) {
    const warning = `${what} was there within seven days, and is not now: no interval has an answer until it is`;
    return { problems: [], warnings: [warning] };
  }
  const otherwise = otherwiseKnown(plan);
  if (otherwise) return { problems: [], warnings: [`there is no ${what} yet: ${otherwise}`] };
  const others = await client.query(familiesQuery(target), { signal });
  const advice = adviceOf(samplesOf(others), target) ?? 'nothing else that is known is there';
  const remedy = `${advice}; or let Prometheus scrape the pods of ${target.primary}; or, if nobody uses it, let spec.load.during send requests`;
  return {
    problems: [{ where: 'spec.analysis', problem: `there was no ${what} within seven days`, remedy }],
    warnings: [],
  };
}

function durationProblems({ analysis }: DataQuestion['plan'], bounds: number[]): Problem[] {
  const limits = analysis.checks.flatMap((check) => (check.builtin === 'requestDuration' ? [check] : []));
  const last = bounds.at(-1);
  if (last === undefined) {
    if (limits.length === 0 && !analysis.compare?.options.latency) return [];
    const problem = 'the primary has no buckets of answer times, so they cannot be judged';
    return [{ where: 'spec.analysis', problem, remedy: 'let its histogram be scraped, or leave answer times out' }];
  }
  return limits.flatMap(({ name, maxMs }): Problem[] => {
    if (maxMs <= last) return [];
    const problem = `${maxMs} ms is above the last bucket of the primary's answer times, ${last} ms, so it cannot be judged`;
    return [{ where: `check ${name}`, problem, remedy: `write at most ${last}ms, or add buckets` }];
  });
}

function factsOf(family: SeriesFamily, { series, ageMs, gapMs, perSecond, failed, bounds }: Seen): string[] {
  const pods = new Set(series.map(({ labels }) => labels[family.pod])).size;
  const short = (ms: number) => `${Number((ms / 1000).toPrecision(2))} s`;
  return [
    `${counterOf(family)} of ${plural(pods, 'pod')}: ${Number(perSecond.toPrecision(3))} requests a second, ${Number((100 * failed).toPrecision(2))} % of them failed`,
    `scraped ${gapMs ? `every ${short(gapMs)}` : 'not twice within five minutes'}, the newest sample is ${short(ageMs)} old`,
    ...(bounds.length > 0 ? [`answer times in ${bounds.length} buckets up to ${bounds.at(-1)} ms`] : []),
  ];
}
