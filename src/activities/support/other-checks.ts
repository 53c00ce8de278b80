/** Checks that no metric source answers, web addresses and Jobs: asked at the end of an interval, about the canary alone. */
import type { IntervalInput } from '../../contract/activities.ts';
import type { Check, JobCheck } from '../../contract/analysis.ts';
import { renderPath } from '../../contract/web-path.ts';
import type { QueryValue } from '../../judge/window.ts';
import type { KubeClient } from '../../kubernetes/client/client.ts';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { Refusal } from '../../kubernetes/writes/refusals.ts';
import type { AskWeb } from '../../metrics/web-number.ts';
import { runJob } from './acceptance-job.ts';
import { listCanaryPods } from './canary-pods.ts';
import { seriesTargetOf } from './series-target.ts';

export interface OtherChecksDeps {
  client: KubeClient;
  web: AskWeb;
  /** A client that outlives the signal. */
  cleanUp: () => KubeClient;
}

/** @param interval tells the Jobs of one interval from those of the next  @returns values by name of the check */
export async function askOthers(
  deps: OtherChecksDeps,
  input: IntervalInput,
  interval: string,
  signal: AbortSignal,
): Promise<Record<string, QueryValue>> {
  const answers = input.plan.analysis.checks.map(async (check): Promise<[string, QueryValue][]> => {
    const value = await answerTo(deps, input, check, interval, signal);
    return value ? [[check.name, value]] : [];
  });
  return Object.fromEntries((await Promise.all(answers)).flat());
}

async function answerTo(
  deps: OtherChecksDeps,
  input: IntervalInput,
  check: Check,
  interval: string,
  signal: AbortSignal,
): Promise<QueryValue | undefined> {
  if (check.builtin !== undefined) return undefined;
  if (check.job) return ranJob(deps, input, check, interval, signal);
  if (!check.web) return undefined;
  const { plan, podHash } = input;
  const { namespace, canary, canaryService } = seriesTargetOf(plan);
  const values = { namespace, workload: canary, service: canaryService.name, revision: podHash };
  const { path, pointer, ...reference } = check.web;
  return deps.web(reference, { path: renderPath(path, values), pointer }, signal);
}

/** What did not run to its end says nothing of the canary. */
async function ranJob(
  { client, cleanUp }: OtherChecksDeps,
  input: IntervalInput,
  { name, job, timeoutMs }: JobCheck,
  interval: string,
  signal: AbortSignal,
): Promise<QueryValue> {
  const pods = await listCanaryPods(client, input.plan, input.podHash, undefined);
  if (pods.length === 0) return { reason: 'no canary pod is ready' };
  try {
    const { passed, ended, sentence } = await runJob(client, input, {
      test: { name, job, timeoutMs },
      run: interval,
      pods,
      signal,
      cleanUp,
    });
    return ended ? { passed, sentence } : { reason: sentence };
  } catch (error) {
    if (!(error instanceof ClusterError || error instanceof Refusal) || signal.aborted) throw error;
    return { reason: error.message };
  }
}
