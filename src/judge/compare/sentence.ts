import type { MetricOutput, Reason, StageTotals, TickOutput } from './types.ts';

const WHY: Record<Exclude<Reason, 'worse'>, string> = {
  healthy: 'proven healthy',
  deadline: 'not decided at the deadline',
  'missing-data': 'no answer, data are missing',
  'primary-violates-guard': 'the primary itself is beyond its limit',
  frozen: 'not compared at this weight',
  'warm-up': 'warming up, so only what no warm-up excuses counts',
  'no-data': 'not counted',
  'too-early': 'healthy so far, too early to pass',
  'leaning-worse': 'proven healthy before, now leaning against the canary',
  'not-proven': 'not proven yet',
};

/** One plain sentence: what is the case, the leading metric's numbers, the evidence both ways. */
export function sentence(output: Omit<TickOutput, 'sentence'>, without?: string): string {
  const leading = output.metrics.toSorted((a, b) => b.lnAbort - a.lnAbort)[0];
  const numbers = leading && leading.canary.requests > 0 ? `${rates(leading)}: ${evidence(output)}` : evidence(output);
  if (output.reason === 'worse') return numbers;
  const why = without ? `${WHY[output.reason]} (${without})` : WHY[output.reason];
  return `${why}; ${numbers}`;
}

function rates({ metric, canary, primary, le, unit, tolerated, notes }: MetricOutput): string {
  const what =
    metric === 'latency' || metric === 'latency-guard' ? `slower than ${le}${unit ? ` ${unit}` : ''}` : 'errors';
  const shown = [`canary ${percent(canary)} ${what}`];
  if (primary.requests > 0) shown.push(`primary ${percent(primary)}`);
  if (tolerated !== undefined) shown.push(`tolerated ${share(tolerated)}`);
  return [...shown, ...notes].join(', ');
}

function evidence({
  verdict,
  lnAbort,
  lnAbortAt,
  lnPassReached,
  lnPassAt,
  ...rest
}: Omit<TickOutput, 'sentence'>): string {
  const against = `evidence ${odds(lnAbort)} to 1 against, abort at ${odds(lnAbortAt)}`;
  const provable = rest.metrics.some((metric) => metric.lnPass !== undefined) && !rest.stage.frozen;
  if (verdict === 'abort' || !provable) return against;
  return `${against}, and ${odds(lnPassReached)} to 1 for health, pass at ${odds(lnPassAt)}`;
}

function percent({ requests, bad }: StageTotals): string {
  return share(bad / requests);
}

/** Two significant digits: `1.4 %`, `0.062 %`; whole percents from 10 on. */
function share(value: number): string {
  const percents = 100 * value;
  return `${Number(percents >= 10 ? percents.toFixed(0) : percents.toPrecision(2))} %`;
}

/** e^ln in two significant digits, as a power of ten beyond a million either way. */
function odds(ln: number): string {
  const ten = ln / Math.LN10;
  if (Math.abs(ten) >= 6) return `10^${Math.floor(ten)}`;
  const value = Math.exp(ln);
  return String(value >= 10 ? Math.round(value) : Number(value.toPrecision(2)));
}
