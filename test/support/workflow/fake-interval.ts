import { CancelledFailure, Context } from '@temporalio/activity';
import type { IntervalInput } from '../../../src/contract/activities.ts';
import type { CheckResult, IntervalComparison, IntervalSlice } from '../../../src/contract/verdict.ts';
import { initial } from '../../../src/judge/compare/state.ts';
import type { ScriptedWorld } from './scripted-world.ts';

/** An interval that lasts as long as it is asked to, with the verdict that the world has for it. */
export async function fakeInterval(world: ScriptedWorld, input: IntervalInput): Promise<IntervalSlice> {
  await world.enter('checkInterval', input.stage);
  const watchedMs = input.soFar?.watchedMs ?? 0;
  const start = Date.now() - watchedMs;
  let drift: string | undefined;
  while (Date.now() - start < input.durationMs) {
    if (Date.now() - start >= watchedMs + world.sliceMs)
      return { soFar: { watchedMs: Date.now() - start, samples: { behind: {} } }, ticks: [] };
    Context.current().heartbeat();
    if (Context.current().cancellationSignal.aborted) throw new CancelledFailure('interval cancelled');
    drift = input.routes && world.foreignChange.shift();
    if (drift) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const comparison = input.compare && comparisonOf(world, input);
  const verdict = drift ? 'noAnswer' : (world.verdicts.shift() ?? (comparison?.verdict === 'abort' ? 'worse' : 'pass'));
  return {
    verdict,
    ...(comparison && { comparison }),
    ...(drift && { drift }),
    ...(input.plan.workload.source === 'canary' && !world.held && { resumed: true }),
    checks: world.bulk ? [bulky(world.bulk)] : [],
    from: '2026-11-21T12:00:00.000Z',
    to: '2026-11-21T12:00:01.000Z',
    requests: 100,
    canaryReady: verdict === 'canaryLost' ? 0 : 1,
    sentence: `the interval said ${verdict}`,
  };
}

function comparisonOf(world: ScriptedWorld, { compare, intent }: IntervalInput): IntervalComparison {
  world.compared.push(compare);
  return {
    verdict: 'pass',
    reason: 'healthy',
    sentence: 'the evidence is what it is',
    lnAbort: 0,
    lnAbortAt: 4.6,
    lnPass: 3,
    lnPassAt: 3,
    frozen: (intent?.canary ?? 0) > 75,
    mayAdvance: false,
    judge: initial({}, { weight: intent?.canary }),
    ticks: [
      { at: '2026-11-21T12:00:01.000Z', canary: { requests: 10, errors: 1 }, primary: null, lnAbort: 0, lnPass: 3 },
    ],
    ...world.comparisons.shift(),
  };
}

function bulky(characters: number): CheckResult {
  return { name: 'bulk', verdict: 'pass', limit: 99, unit: '%', requests: 100, sentence: 'x'.repeat(characters) };
}
