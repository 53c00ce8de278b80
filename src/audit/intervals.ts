/** Check intervals with their series, as the history of a rollout has them. Pure. */
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Change, IntervalInput } from '../contract/activities.ts';
import { stageName } from '../contract/intent.ts';
import type { ComparedTick, IntervalComparison, IntervalResult, IntervalSlice } from '../contract/verdict.ts';
import type { RunJson } from '../temporal/chain.ts';
import { asObject, decodeFirst } from '../temporal/payload.ts';
import { activityEnd } from './end.ts';
import { type HistoryEvent, keywordOf } from './event.ts';

/** An interval, and where it is recorded. */
export type ToldInterval = Omit<IntervalResult, 'comparison'> & {
  /** `mirror`, `20 %`, … */
  stage: string;
  comparison?: Omit<IntervalComparison, 'judge' | 'pods'>;
  run: string;
  event: number;
};

/** Oldest first. */
export function toldIntervals(runs: readonly RunJson[]): { rollout?: string; intervals: ToldInterval[] } {
  const intervals: ToldInterval[] = [];
  let rollout: string | undefined;
  for (const { run, events } of runs) {
    const reader = new Reader(run);
    for (const event of historyFromJSON({ events }).events ?? []) {
      rollout = keywordOf(event, 'SluiceRollout') ?? rollout;
      reader.read(event);
    }
    intervals.push(...reader.intervals);
  }
  return { rollout, intervals };
}

class Reader {
  readonly intervals: ToldInterval[] = [];
  readonly #run: string;
  readonly #stages = new Map<string, string>();
  /** Looks of slices that had no verdict yet. */
  #before: { stage: string; ticks: readonly ComparedTick[] } = { stage: '', ticks: [] };

  constructor(run: string) {
    this.#run = run;
  }

  read(event: HistoryEvent): void {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const stage = scheduled && stageOf(scheduled.activityType?.name ?? '', decodeFirst(scheduled.input));
    if (stage) this.#stages.set(String(event.eventId), stage);
    const end = activityEnd(event);
    const of = end && this.#stages.get(String(end.id));
    if (end && of) this.#readEnd(of, end.value, Number(event.eventId));
  }

  #readEnd(stage: string, value: unknown, event: number): void {
    const slice = asObject<Change & IntervalSlice>(value);
    const found = 'verdict' in slice ? (slice as IntervalResult) : slice.interval;
    const before = this.#before.stage === stage ? this.#before.ticks : [];
    if (found?.verdict) this.#add(found, stage, event, before);
    // of what goes on in the next slice
    this.#before = { stage, ticks: [...(found?.verdict ? [] : before), ...(slice.ticks ?? [])] };
  }

  #add({ comparison, ...numbers }: IntervalResult, stage: string, event: number, before: readonly ComparedTick[]) {
    const told = { ...numbers, stage, run: this.#run, event };
    if (!comparison) return this.intervals.push(told);
    const { judge: _judge, pods: _pods, ticks, ...compared } = comparison;
    return this.intervals.push({ ...told, comparison: { ...compared, ticks: [...before, ...ticks] } });
  }
}

/** Of an activity that checks; undefined: it does not. */
function stageOf(type: string, input: unknown): string | undefined {
  const { check } = asObject<{ check: IntervalInput }>(input);
  const asked = type === 'checkInterval' ? asObject<IntervalInput>(input) : type === 'awaitChange' ? check : undefined;
  return asked?.intent ? stageName(asked.intent) : asked?.stage;
}
