/** Check intervals on the model: when they began, what they say, and what is handed on when one ends early. */
import type { IntervalInput } from '../../src/contract/activities.ts';
import { sameIntent } from '../../src/contract/intent.ts';
import type { IntervalSoFar } from '../../src/contract/slice.ts';
import type { IntervalResult, IntervalVerdict } from '../../src/contract/verdict.ts';
import type { Clock } from './agenda.ts';
import type { Cluster } from './cluster.ts';

/** An interval with its verdict, for the invariants. */
export interface JudgedInterval {
  at: number;
  epoch: number;
  stage: string;
  verdict: IntervalVerdict;
  /** A slice went on from one before another write of the routes. */
  mixed: boolean;
}

/** Longest time between two slices of one interval, ms. */
const UNWATCHED_MS = 25_000;

export class Intervals {
  readonly judged: JudgedInterval[] = [];
  private readonly cluster: Cluster;
  private readonly agenda: Clock;
  private mixed = false;

  constructor(cluster: Cluster, agenda: Clock) {
    this.cluster = cluster;
    this.agenda = agenda;
  }

  /** When an interval began: now, or before it was handed on. */
  begun({ soFar }: IntervalInput): number {
    const { now } = this.agenda;
    const goesOn = soFar?.untilMs !== undefined && now - soFar.untilMs <= UNWATCHED_MS;
    this.mixed = goesOn && soFar.untaken !== this.written();
    return goesOn ? now - soFar.watchedMs : now;
  }

  soFar(begun: number): IntervalSoFar {
    const { now } = this.agenda;
    return { watchedMs: now - begun, untilMs: now, untaken: this.written(), samples: { behind: {} } };
  }

  /** The last write of the routes. */
  private written(): string {
    return JSON.stringify(this.cluster.fences.get('route'));
  }

  judge(input: IntervalInput, lost: boolean): IntervalResult {
    const { stage, epoch, intent } = input;
    const verdict = this.cluster.unreadable && !lost ? 'noAnswer' : this.verdict(lost, stage, intent);
    const at = new Date(this.agenda.now).toISOString();
    const name = stage === 'mirror' ? 'mirror' : `${this.cluster.route.canary} %`;
    const drift = this.drifted(input) ? { drift: 'somebody else changed the route' } : {};
    if (!drift.drift) this.judged.push({ at: this.agenda.now, epoch, stage: name, verdict, mixed: this.mixed });
    this.mixed = false;
    return {
      ...drift,
      verdict,
      checks: [],
      from: at,
      to: at,
      requests: verdict === 'noAnswer' ? 0 : 100,
      canaryReady: this.cluster.canary.ready,
      sentence: `the interval said ${verdict}`,
    };
  }

  private verdict(lost: boolean, stage: IntervalInput['stage'], intent: IntervalInput['intent']): IntervalVerdict {
    const { cluster } = this;
    if (lost) return 'canaryLost';
    if (!cluster.metrics) return 'noAnswer';
    if (intent && !sameIntent(intent, cluster.route)) return 'noAnswer';
    if (stage === 'live' && cluster.route.canary === 0) return 'noAnswer';
    return cluster.bad.has(cluster.canary.image) ? 'fail' : 'pass';
  }

  /** Somebody else changed the route since our last write of it. */
  drifted({ routes }: IntervalInput): boolean {
    const last = this.cluster.events.findLast(({ object }) => object === 'route');
    return routes !== undefined && last?.by === 'world' && !sameIntent(routes.expected, this.cluster.route);
  }
}
