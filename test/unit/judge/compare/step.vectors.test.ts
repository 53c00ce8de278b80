import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { logE } from '../../../../src/judge/compare/e-value.ts';
import { overdispersion, podSpread } from '../../../../src/judge/compare/overdispersion.ts';
import { initial } from '../../../../src/judge/compare/state.ts';
import { step } from '../../../../src/judge/compare/step.ts';
import type { CompareOptions, Tick, TickOutput } from '../../../../src/judge/compare/types.ts';

/** Reference values at full precision; every one is met within 1e-9 relative. */
type Vector = { vec: string; name?: string; decision?: string } & Record<string, unknown>;

const vectors: Vector[] = readFileSync(new URL('./vectors.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const ofKind = (kind: string) => vectors.filter(({ vec }) => vec === kind);

function expectClose(kind: string, got: readonly number[], wanted: readonly number[]): void {
  expect(got).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) {
    const error = Math.abs((got[i] ?? Number.NaN) - value) / (Math.abs(value) || 1);
    expect(error, `${kind}[${i}]`).toBeLessThan(1e-9);
  }
}

function run(options: CompareOptions, ticks: Omit<Tick, 'tick'>[]): TickOutput[] {
  let state = initial({ warmupTicks: 0, ...options });
  return ticks.map((tick, i) => {
    const next = step(state, { tick: i + 1, ...tick });
    state = next.state;
    return next.output;
  });
}

function decision(outputs: readonly TickOutput[]): string {
  const at = outputs.findIndex(({ verdict }) => verdict === 'pass' || verdict === 'abort');
  return at < 0 ? 'continue' : `${outputs[at]?.verdict}@${at + 1}`;
}

const errorTick = ([nc, xc, np, xp]: number[]): Omit<Tick, 'tick'> => ({
  canary: { requests: nc ?? 0, errors: xc ?? 0 },
  primary: { requests: np ?? 0, errors: xp ?? 0 },
});

type LatencyVector = { le: number[]; guard_le: number[]; ticks: { canary: number[]; primary: number[] }[] };

const latencyTicks = ({ le, ticks }: LatencyVector): Omit<Tick, 'tick'>[] =>
  ticks.map(({ canary, primary }) => ({
    canary: { requests: canary.at(-1) ?? 0, errors: 0, histogram: { le, counts: canary } },
    primary: { requests: primary.at(-1) ?? 0, errors: 0, histogram: { le, counts: primary } },
  }));

test('ln of one tick', () => {
  expect(ofKind('log_e')).not.toHaveLength(0);
  for (const vector of ofKind('log_e')) {
    const { kappa, r, d, nc, xc, np, xp, log_e } = vector as unknown as Record<string, number>;
    const got = logE(
      kappa ?? 0,
      { ratio: r ?? 0, margin: d ?? 0 },
      { nc: nc ?? 0, xc: xc ?? 0, np: np ?? 0, xp: xp ?? 0 },
    );
    expectClose('log_e', [got], [log_e ?? 0]);
  }
});

describe('error rates', () => {
  test.each(ofKind('error_sequence').map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const outputs = run({}, (vector.ticks as number[][]).map(errorTick));
    expectClose(
      'error_sequence',
      outputs.map(({ lnAbort }) => lnAbort),
      vector.log_E_abort as number[],
    );
    expectClose(
      'error_sequence',
      outputs.map(({ lnPass }) => lnPass),
      vector.log_E_pass as number[],
    );
    expect(decision(outputs)).toBe(vector.decision);
  });
});

describe('a warm-up, and looks that are no whole ones', () => {
  const made = [...ofKind('warm_up_sequence'), ...ofKind('span_sequence')];
  test.each(made.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const ticks = (vector.ticks as number[][]).map((counts) => ({ ...errorTick(counts), span: counts[4] }));
    const outputs = run({ warmupTicks: vector.warmup as number }, ticks);
    expectClose(
      'warm_up_sequence',
      outputs.map(({ lnAbort }) => lnAbort),
      vector.log_E_abort as number[],
    );
  });
});

describe('what is learned from pods', () => {
  test.each(ofKind('learned').map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const ticks = (vector.ticks as [number, number][][]).map(
      (pods) => new Map(pods.map(([requests, errors], i) => [`pod-${i}`, { requests, errors }])),
    );
    expectClose('tau', [podSpread(ticks)], [vector.tau as number]);
    expectClose('phi', [overdispersion(ticks)], [vector.phi as number]);
  });
});

describe('latency', () => {
  test.each(ofKind('latency_sequence').map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const latency = vector as unknown as LatencyVector;
    const outputs = run({ errors: false, latency: { guards: latency.guard_le } }, latencyTicks(latency));
    expectClose(
      'latency_sequence',
      outputs.map(({ lnAbort }) => lnAbort),
      vector.log_E_abort as number[],
    );
    expectClose(
      'latency_sequence',
      outputs.map(({ lnPass }) => lnPass),
      vector.log_E_pass_min as number[],
    );
    expect(decision(outputs)).toBe(vector.decision);
  });
});

/** These vectors name no inputs: they are the quiet error ticks beside the first latency tick, repeated. */
describe('both metrics together', () => {
  const pairs = [
    ['both_fine', 'same'],
    ['latency_bad', 'all_x2'],
  ];
  test.each(pairs)('%s', (name, slow) => {
    const vector = ofKind('judge').find((one) => one.name === name) as Vector;
    const latency = ofKind('latency_sequence').find((one) => one.name === slow) as unknown as LatencyVector;
    const [first] = latencyTicks(latency);
    const tick = {
      canary: { requests: 150, errors: 0, histogram: first?.canary?.histogram },
      primary: { requests: 2850, errors: 3, histogram: first?.primary?.histogram },
    };
    const outputs = run({ latency: { guards: latency.guard_le } }, Array(vector.ticks as number).fill(tick));
    expectClose(
      'judge',
      outputs.map(({ lnAbort }) => lnAbort),
      vector.log_E as number[],
    );
    expectClose(
      'judge',
      outputs.map(({ lnPassReached }) => lnPassReached),
      vector.log_pass_min as number[],
    );
    expect(decision(outputs)).toBe(vector.decision);
  });
});
