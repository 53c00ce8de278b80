import { Agent, request } from 'undici';
import type { RunTestInput, TestResult } from '../contract/activities.ts';
import type { HttpTest } from '../contract/plan.ts';
import { TEST_RETRY_MS, TEST_TRIES } from '../contract/time-limits.ts';
import { plural } from '../contract/words.ts';
import type { KubeClient } from '../kubernetes/client/client.ts';
import { codeOf } from '../network/error-code.ts';
import { runJob } from './support/acceptance-job.ts';
import { type ActivityRun, beating } from './support/activity.ts';
import { type CanaryPod, listCanaryPods } from './support/canary-pods.ts';
import { sleep } from './support/sleep.ts';

/** Bytes of an answer that are searched for `bodyContains`. */
const MAX_BODY = 1024 * 1024;

interface Outcome {
  passed: boolean;
  /** `health on reviews-v2-abc: 200 in 12 ms` */
  line: string;
}

/**
 * Runs one test against every ready pod of the revision, past the routes, or a Job beside them.
 * @param cleanUp a client for what must be done although the run was cancelled
 * @throws Error when the plan has no such test
 */
export async function runAcceptance(
  client: KubeClient,
  input: RunTestInput,
  run: ActivityRun,
  cleanUp: () => KubeClient,
): Promise<TestResult> {
  const { plan, podHash, test: name } = input;
  const test = plan.acceptance.find((one) => one.name === name);
  if (!test) throw new Error(`the plan has no acceptance test ${name}`);
  const pods = await listCanaryPods(client, plan, podHash, test.http?.port);
  if (pods.length === 0) {
    const sentence = 'no pod of the new revision is ready, so nothing could be tested';
    return { passed: false, sentence, details: [] };
  }
  const { signal } = run;
  const progress = () => ({ waiting: name });
  if (test.job) {
    const { ended: _, ...result } = await beating(run, progress, () =>
      runJob(client, input, { test, pods, signal, cleanUp }),
    );
    return result;
  }
  const agent = new Agent();
  const ask = () => Promise.all(pods.map((pod) => runTest(test, pod, agent, signal)));
  const outcomes = await beating(run, progress, ask).finally(() => agent.destroy());
  return summarise(test, outcomes);
}

function summarise({ name }: HttpTest, outcomes: Outcome[]): TestResult {
  const [first, ...more] = outcomes.filter(({ passed }) => !passed);
  const details = outcomes.map(({ line }) => line);
  const pods = plural(outcomes.length, 'pod');
  if (!first) return { passed: true, sentence: `${name} passed on ${pods}`, details };
  const others = more.length > 0 ? `, and ${more.length} more` : '';
  return { passed: false, sentence: `${first.line}${others} of ${pods}`, details };
}

async function runTest(test: HttpTest, pod: CanaryPod, agent: Agent, signal: AbortSignal): Promise<Outcome> {
  const place = `${test.name} on ${pod.name}`;
  const deadline = AbortSignal.timeout(test.timeoutMs);
  for (let attempt = 1; ; attempt += 1) {
    const startedMs = Date.now();
    try {
      const wrong = await ask(test, pod, agent, AbortSignal.any([signal, deadline]));
      const ms = Date.now() - startedMs;
      if (wrong) return { passed: false, line: `${place}: ${wrong}` };
      return { passed: true, line: `${place}: ${test.http.expect.status} in ${ms} ms` };
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.aborted) return { passed: false, line: `${place}: no answer within ${test.timeoutMs} ms` };
      if (attempt === TEST_TRIES)
        return { passed: false, line: `${place}: no answer (${codeOf(error)}), ${TEST_TRIES} times tried` };
      await sleep(TEST_RETRY_MS, signal);
    }
  }
}

/** @returns what is wrong with the answer, without repeating any of it but the status */
async function ask({ http }: HttpTest, pod: CanaryPod, agent: Agent, signal: AbortSignal): Promise<string | undefined> {
  const { path, method, headers, body, expect } = http;
  const answer = await request(`${pod.origin}${path}`, {
    dispatcher: agent,
    method,
    headers: { 'user-agent': 'sluice', ...headers },
    ...(body === undefined ? {} : { body }),
    signal,
  });
  const text = await readStart(answer.body);
  if (answer.statusCode !== expect.status) return `wanted status ${expect.status}, got ${answer.statusCode}`;
  if (expect.bodyContains !== undefined && !text.includes(expect.bodyContains)) {
    return `the body does not contain ${JSON.stringify(expect.bodyContains)}`;
  }
  const differs = Object.entries(expect.headers).find(([name, value]) => headerText(answer.headers, name) !== value);
  return differs ? `header ${differs[0]} is not ${JSON.stringify(differs[1])}` : undefined;
}

async function readStart(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_BODY) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function headerText(headers: Record<string, string | string[] | undefined>, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}
