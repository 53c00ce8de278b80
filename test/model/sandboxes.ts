/** The SDK's own sandbox for workflows, without the worker around it. Its types are internal: they are pinned with the SDK. */
import { readFile } from 'node:fs/promises';
import { Script } from 'node:vm';
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js';
import { VMWorkflowCreator } from '@temporalio/worker/lib/workflow/vm.js';
import { workflowBundle } from '../../src/worker/bundle.ts';

export type Sandbox = Awaited<ReturnType<VMWorkflowCreator['createWorkflow']>>;

/** Fresh sandboxes of today's workflow code, each for one run. */
export class Sandboxes {
  private readonly creator: VMWorkflowCreator;

  private constructor(creator: VMWorkflowCreator) {
    this.creator = creator;
  }

  static async load(): Promise<Sandboxes> {
    const filename = await workflowBundle();
    const bundle = await parseWorkflowCode(await readFile(filename, 'utf8'), filename);
    const script = new Script(bundle.code, { filename });
    return new Sandboxes(new VMWorkflowCreator(script, bundle, 60_000, new Set()));
  }

  open(runId: string, type: string, workflowId: string, now: number, seed: number): Promise<Sandbox> {
    const info = {
      workflowId,
      runId,
      workflowType: type,
      searchAttributes: {},
      typedSearchAttributes: {},
      historyLength: 3,
      historySize: 300,
      continueAsNewSuggested: false,
      taskQueue: 'model',
      namespace: 'model',
      firstExecutionRunId: runId,
      continuedFromExecutionRunId: seed > 1 ? 'the run before' : undefined,
      attempt: 1,
      taskTimeoutMs: 10_000,
      startTime: new Date(now),
      runStartTime: new Date(now),
      unsafe: { now: () => 0, isReplaying: false, isReplayingHistoryEvents: false },
    };
    return this.creator.createWorkflow({
      info: info as unknown as Parameters<VMWorkflowCreator['createWorkflow']>[0]['info'],
      randomnessSeed: [seed, 1, 2, 3],
      now,
      showStackTraceSources: false,
    });
  }
}
