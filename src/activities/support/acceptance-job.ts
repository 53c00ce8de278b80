/**
 * An acceptance test that is a Job: made once for a rollout, whatever becomes of the worker, as its name says what it is. Its pods are
 * followed rather than the Job, which never ends where a mesh puts a sidecar beside the test.
 */
import type { RunTestInput, TestResult } from '../../contract/activities.ts';
import type { JobTest } from '../../contract/plan.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { KubeClient, KubeObject } from '../../kubernetes/client/client.ts';
import { ClusterError, cleanSentence, unless } from '../../kubernetes/client/errors.ts';
import { annotation, claimOf, OWNER, PLAN_LABEL, ROLLOUT } from '../../kubernetes/objects/annotations.ts';
import { digest } from '../../kubernetes/objects/digest.ts';
import { type Pod, podTrouble } from '../../kubernetes/objects/pods.ts';
import { describeRef, jobRef, podRef } from '../../kubernetes/objects/refs.ts';
import { Refusal } from '../../kubernetes/writes/refusals.ts';
import type { CanaryPod } from './canary-pods.ts';
import { handsOn } from './slice.ts';

/** What the API server takes as the value of a label. */
const MAX_NAME = 63;
const HASH = 8;
/** How long a Job that has ended can be looked at, s; longer than a worker that died goes unnoticed. */
const KEPT_S = 600;
/** What is left of a Job whose worker never came back ends by itself so much later than it should, s. */
const OVERDUE_S = 60;
const LAST_LINES = 10;

type JobInput = Pick<RunTestInput, 'rollout'> & { plan: TargetPlan };

interface JobRun {
  test: JobTest;
  /** Which of several runs in one rollout. Absent: there is one. */
  run?: string;
  pods: CanaryPod[];
  signal: AbortSignal;
  cleanUp: () => KubeClient;
}

/**
 * @param cleanUp a client that outlives the signal: a test that is cancelled, or that takes too long, is deleted at once
 * @throws Refusal `ClaimRefused` when somebody else's Job has the name
 */
export async function runJob(
  client: KubeClient,
  input: JobInput,
  { test, run, pods, signal, cleanUp }: JobRun,
): Promise<TestResult & { ended: boolean }> {
  const job = await createJob(client, input, run === undefined ? test : { ...test, name: runName(test, run) }, pods);
  const deadline = AbortSignal.timeout(test.timeoutMs);
  const result = await watchJob(client, job, test, AbortSignal.any([signal, deadline]));
  if (result.ended) return { ...result.ended, ended: true };
  if (!handsOn(signal))
    await cleanUp()
      .delete(jobRef(input.plan.namespace, job.metadata.name), uidOf(job))
      .catch(() => {});
  signal.throwIfAborted();
  const sentence = `${test.name} did not end within ${test.timeoutMs / 1000} s: ${result.trouble}`;
  return { passed: false, ended: false, sentence, details: [] };
}

/** Told apart by which run it is, not by what it is called. */
function runName({ name }: JobTest, run: string): string {
  return `${name}-${digest(run, HASH)}`;
}

async function createJob(client: KubeClient, input: JobInput, test: JobTest, pods: CanaryPod[]): Promise<KubeObject> {
  const wanted = jobOf(input, test, pods);
  const ref = jobRef(input.plan.namespace, wanted.metadata.name);
  const made = await unless('conflict', client.create(ref, wanted));
  if (made) return made;
  const found = await client.get(ref);
  if (!found) throw new ClusterError({ verb: 'get', object: describeRef(ref), reason: 'notFound' });
  if ([OWNER, ROLLOUT].every((key) => annotation(found, key) === annotation(wanted, key))) return found;
  throw new Refusal('ClaimRefused', `${describeRef(ref)} is not one that ${input.rollout} made; delete it`);
}

function jobOf({ plan, rollout }: JobInput, { name, job, timeoutMs }: JobTest, pods: CanaryPod[]): KubeObject {
  const { metadata, spec } = job.template;
  const addresses = pods.map(({ origin }) => new URL(origin).host);
  const env = [
    { name: 'CANARY_ADDRESS', value: addresses[0] },
    { name: 'CANARY_ADDRESSES', value: addresses.join(',') },
  ];
  const containers = spec.containers.map((one) => ({
    // the last lines of one that fails are read from the pod's status: they need no right to read logs
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...one,
    env: [...env, ...((one.env as object[] | undefined) ?? [])],
  }));
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(`${rollout}-${name}`),
      namespace: plan.namespace,
      labels: { [PLAN_LABEL]: plan.name },
      annotations: { [OWNER]: claimOf(plan), [ROLLOUT]: rollout },
    },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: Math.ceil(timeoutMs / 1000) + OVERDUE_S,
      ttlSecondsAfterFinished: KEPT_S,
      template: { metadata, spec: { ...spec, restartPolicy: 'Never', containers } },
    },
  };
}

/** `sluice-reviews-7-smoke` */
function jobName(name: string): string {
  const whole = `sluice-${name}`;
  return whole.length <= MAX_NAME ? whole : `${whole.slice(0, MAX_NAME - HASH - 1)}-${digest(whole, HASH)}`;
}

/** @returns what has become of it, or what was in its way when the signal aborted */
async function watchJob(
  client: KubeClient,
  { metadata }: KubeObject,
  test: JobTest,
  signal: AbortSignal,
): Promise<{ ended?: TestResult; trouble?: string }> {
  const matchLabels = { 'batch.kubernetes.io/controller-uid': metadata.uid ?? '' };
  let trouble = 'no pod of it was made';
  try {
    for await (const [pod] of client.followAll<Pod>(podRef(metadata.namespace ?? ''), { matchLabels }, signal)) {
      const ended = pod && resultOf(pod, test);
      if (ended) return { ended };
      if (pod) trouble = podTrouble(pod)[0]?.sentence ?? `${pod.metadata.name} runs still`;
    }
  } catch (error) {
    // the read that was under way ends with the signal, too
    if (!signal.aborted) throw error;
  }
  return { trouble };
}

/** Of the test's own containers: others may run for ever. */
function resultOf({ metadata, status }: Pod, { name, job }: JobTest): TestResult | undefined {
  const own = job.template.spec.containers.map((one) => one.name);
  const ends = own.map((one) => status?.containerStatuses?.find((found) => found.name === one)?.state?.terminated);
  const failed = ends.findIndex((end) => end !== undefined && end.exitCode !== 0);
  const details = [`Job pod ${metadata.name}`];
  if (failed >= 0) {
    const { exitCode, message = '' } = ends[failed] ?? {};
    const said = cleanSentence(message.trim().split('\n').slice(-LAST_LINES).join(' ⏎ '));
    const sentence = `${name}: container ${own[failed]} ended with ${exitCode}${said ? `: ${said}` : ''}`;
    return { passed: false, sentence, details };
  }
  if (status?.phase === 'Failed') return { passed: false, sentence: `${name}: its pod failed`, details };
  return ends.every((end) => end !== undefined) ? { passed: true, sentence: `${name} passed`, details } : undefined;
}

function uidOf({ metadata }: KubeObject): { uid?: string } {
  return metadata.uid ? { uid: metadata.uid } : {};
}
