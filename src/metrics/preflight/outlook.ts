/** Can a plan be judged at today's traffic: how long each stage needs until health is proven and until harm is found. Pure. */
import type { Plan } from '../../contract/plan.ts';
import { everyAt } from '../../contract/plan-parts.ts';
import type { Examined } from '../../contract/preflight.ts';
import { LAST_COMPARED_WEIGHT } from '../../judge/compare/presets.ts';
import { expectation } from '../../judge/expectation.ts';
import { formatDuration } from '../../plan/duration.ts';
import { measurableEvery, tooShortToMeasure } from '../measurable.ts';

/** Of the primary, as measured. */
export interface MeasuredTraffic {
  /** Requests a second. */
  perSecond: number;
  /** Share of them that failed, 0 to 1. */
  failed: number;
  /** Between two scrapes, ms; absent: not known. */
  gapMs?: number | undefined;
  /** Time that was measured, ms. */
  coveredMs: number;
}

interface Stage {
  /** `mirror`, `20 %` */
  name: string;
  /** Canary's part of the requests, 0 to 1. */
  part: number;
  everyMs: number;
  mirror?: true;
}

/** Scrapes that a look needs: the difference of two is what is counted. */
const SCRAPES = 2;
/** What was seen for less long says little of a day. */
const LONG_MS = 10 * 60_000;
/** Canary requests below which one failure decides an interval. */
const FEW = 20;

export function outlook(
  plan: Pick<Plan, 'mirror' | 'shift' | 'analysis' | 'during'>,
  measured: MeasuredTraffic,
): Examined {
  const { mirror, shift, analysis, during } = plan;
  // those of its own come beside the users'
  const traffic = { ...measured, perSecond: measured.perSecond + (during?.requestsPerSecond ?? 0) };
  const found: Examined = { problems: [], warnings: [], facts: [] };
  const live = shift.weights.map(
    (weight): Stage => ({ name: `${weight} %`, part: weight / 100, everyMs: everyAt(shift, weight) }),
  );
  const copies: Stage[] = mirror
    ? [{ name: 'mirror', part: mirror.percent / 100, everyMs: mirror.everyMs, mirror: true }]
    : [];
  const stages = [...copies, ...live];
  const pace = { scrapeMs: traffic.gapMs ?? 0, lagMs: 0 };
  const short = stages.find(({ everyMs }) => tooShortToMeasure(everyMs, pace));
  const remedy = `write at least ${span(measurableEvery(pace))}, or scrape more often`;
  if (short && short.everyMs < pace.scrapeMs)
    found.problems.push({
      where: whereOf(short),
      problem: `${short.name}: ${tooShortToMeasure(short.everyMs, pace)}`,
      remedy,
    });
  else if (short)
    // it waits for the scrape behind its end
    found.warnings.push(
      `${short.name}: an interval of ${span(short.everyMs)} is shorter than two scrapes, so that some may have no answer; ${remedy}`,
    );
  if (traffic.perSecond === 0) {
    found.warnings.push('the primary had no requests in the last half hour: without any, no interval has an answer');
    return found;
  }
  scarcest(stages, traffic, analysis.noAnswerLimit, found);
  for (const stage of stages) compared(stage, traffic, analysis, found);
  return found;
}

function whereOf({ mirror }: Stage): string {
  return mirror ? 'spec.mirror.every' : 'spec.shift.every';
}

/** An interval without requests is no answer, and so many of them in a row hold the rollout. */
function scarcest(
  stages: Stage[],
  { perSecond, coveredMs }: MeasuredTraffic,
  noAnswerLimit: number,
  found: Examined,
): void {
  const perMs = ({ part }: Stage) => (perSecond * part) / 1000;
  const [stage] = stages.toSorted((a, b) => perMs(a) * a.everyMs - perMs(b) * b.everyMs);
  if (!stage) return;
  const count = perMs(stage) * stage.everyMs;
  const what = `${stage.name}: at ${figure(perSecond)} requests a second the canary gets about ${figure(count)} in an interval of ${span(stage.everyMs)}`;
  const enough = (wanted: number) => span(Math.ceil(wanted / perMs(stage) / 1000) * 1000);
  if (count >= FEW) found.facts.push(what);
  else if (count * noAnswerLimit >= 1 || coveredMs < LONG_MS)
    found.warnings.push(`${what}, so that a single failure decides it; ${enough(FEW)} would bring ${FEW}`);
  else {
    const problem = `${what}, so ${noAnswerLimit} intervals without an answer hold it`;
    found.problems.push({
      where: whereOf(stage),
      problem,
      remedy: `write at least ${enough(1)}; ${enough(FEW)} would do`,
    });
  }
}

function compared(stage: Stage, traffic: MeasuredTraffic, { compare }: Plan['analysis'], found: Examined): void {
  if (!compare || (!stage.mirror && stage.part * 100 > LAST_COMPARED_WEIGHT)) return;
  const { failed, perSecond, coveredMs, gapMs = 0 } = traffic;
  const tick = Math.max(compare.tickMs, SCRAPES * gapMs);
  const minutes = (canary: number, outcome: 'pass' | 'abort', part = stage.part): number => {
    const share = stage.mirror ? 'mirror' : part;
    const setting = { options: compare.options, share, perTick: (perSecond * part * tick) / 1000, tick } as const;
    return expectation({ primary: failed, canary }, outcome, setting).minutes ?? Number.POSITIVE_INFINITY;
  };
  const worse = Math.min(1, Math.max(2 * failed, failed + 0.01));
  const [pass, abort] = [minutes(failed, 'pass'), minutes(worse, 'abort')];
  found.facts.push(
    `${stage.name}: health is proven after ${about(pass)}, failures that rise from ${percent(failed)} to ${percent(worse)} are found after ${about(abort)}`,
  );
  const deadline = compare.deadlineMs / 60_000;
  if (pass <= deadline) return;
  const weights = stage.mirror ? [] : Array.from({ length: LAST_COMPARED_WEIGHT }, (_, index) => index + 1);
  const weight = weights.find((one) => minutes(failed, 'pass', one / 100) <= deadline);
  const longer = Number.isFinite(pass) ? [`a deadline of ${Math.ceil(1.5 * pass)}m`] : [];
  const does = `${[...(weight ? [`a weight of ${weight} %`] : []), ...longer, 'more requests'].join(', or ')} would do`;
  const problem = `${stage.name}: at ${figure(perSecond)} requests a second, ${percent(failed)} of them failed, health is proven after ${about(pass)}, but the deadline is ${span(compare.deadlineMs)}`;
  // an average: single rollouts take half or twice as long
  const never = coveredMs >= LONG_MS && pass > 2 * deadline && ['hold', 'abort'].includes(compare.onInconclusive);
  if (never) found.problems.push({ where: 'spec.analysis.compare', problem, remedy: does });
  else found.warnings.push(`${problem}; ${does}`);
}

function about(minutes: number): string {
  if (!Number.isFinite(minutes)) return 'no time at all: never';
  return minutes < 1 ? `about ${Math.ceil(minutes * 60)} s` : `about ${figure(minutes)} min`;
}

function figure(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}

function percent(rate: number): string {
  return `${Number((100 * rate).toPrecision(2))} %`;
}

/** As plans write it, without what nobody reads: `1m30s`, `250ms`. */
function span(ms: number): string {
  return formatDuration(ms < 1000 ? Math.round(ms) : 1000 * Math.round(ms / 1000));
}
