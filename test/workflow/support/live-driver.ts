/** A script's workflow on a real Temporal server: the activities of the model behind real workers. */
import { randomUUID } from 'node:crypto';
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { ClusterActivities, ControlActivities, WaitActivities } from '../../../src/contract/activities.ts';
import { rolloutWorkflowId } from '../../../src/contract/ids.ts';
import type { Attempt, Completed, DrivenWorld, Driver, UpdateOutcome } from '../../model/driver.ts';
import { type Harness, startHarness } from '../../support/workflow/harness.ts';

const STEP_MS = 20;
const HEARTBEAT_MS = 100;
/** A worker that is lost is missed sooner than in real life. */
const LOST_MS = 100;

type Activities = ClusterActivities &
  WaitActivities &
  Pick<ControlActivities, 'handOverNews' | 'verifyActor' | 'verifyOffer' | 'needsProof' | 'askWindow'>;

const NAMES: Record<'cluster' | 'waits' | 'control', (keyof Activities)[]> = {
  cluster: [
    'awaitWorker',
    'detect',
    'createCanary',
    'scaleCanary',
    'boundAutoscaler',
    'route',
    'upgradePrimary',
    'restorePrimary',
    'raiseFence',
    'look',
    'scaleCanaryToZero',
    'createDestinations',
    'removeDestinations',
  ],
  waits: ['awaitWorker', 'awaitReady', 'runAcceptance', 'runLoad', 'checkInterval', 'observeAway', 'awaitChange'],
  control: ['handOverNews', 'verifyActor', 'verifyOffer', 'needsProof', 'askWindow'],
};

export class LiveDriver implements Driver {
  running = false;
  readonly runs = 1;
  completed?: Completed;
  readonly unfinished: string[] = [];
  private readonly harness: Harness;
  private readonly id: string;
  private waiting = 0;
  /** The execution that was started last. */
  private current = { terminated: false };

  private constructor(harness: Harness) {
    this.harness = harness;
    this.id = rolloutWorkflowId(harness.cluster, 'demo', 'shop');
  }

  /** @param world asked late: it is made with the driver */
  static async open(world: () => DrivenWorld): Promise<LiveDriver> {
    const group = (kind: keyof typeof NAMES) => () =>
      Object.fromEntries(NAMES[kind].map((name) => [name, activity(name, world)])) as unknown as Activities;
    return new LiveDriver(
      await startHarness({ cluster: group('cluster'), waits: group('waits'), control: group('control') }),
    );
  }

  close(): Promise<void> {
    return this.harness.close();
  }

  get hasJobs(): boolean {
    return this.waiting > 0;
  }

  async start(input: unknown): Promise<void> {
    const current = { terminated: false };
    this.current = current;
    this.completed = undefined;
    const handle = await this.harness.client.workflow.start('rollout', {
      workflowId: this.id,
      taskQueue: this.harness.queue,
      args: [{ ...(input as object), cluster: this.harness.cluster }],
    });
    this.running = true;
    const end = (completed: Completed) => {
      if (this.current === current) this.end(completed);
    };
    handle.result().then(
      (result) => end({ result }),
      (error: Error) => end(current.terminated ? {} : { failure: `${error.message}: ${error.cause}` }),
    );
  }

  private end(completed: Completed): void {
    this.running = false;
    this.completed = completed;
  }

  signal(name: string, ...args: unknown[]): void {
    this.wait(this.handle.signal(name, ...args));
  }

  update<T>(name: string, args: unknown[], done: (outcome: UpdateOutcome<T>) => void): void {
    const asked = this.handle.executeUpdate<T, [unknown, ...unknown[]]>(name, {
      args: args as [unknown, ...unknown[]],
      updateId: randomUUID(),
    });
    this.wait(
      asked.then(
        (result) => done({ result }),
        (error) => done(this.failed(name, error)),
      ),
    );
  }

  private failed(name: string, error: unknown): { refused: string } | { ended: true } {
    const text = `${error} ${(error as Error).cause}`;
    if (/completed before|CompletedWorkflow/.test(text)) {
      if (!this.current.terminated) this.unfinished.push(name);
      return { ended: true };
    }
    if (error instanceof WorkflowUpdateFailedError) return { refused: error.cause?.message ?? '' };
    if (error instanceof WorkflowNotFoundError) return { ended: true };
    throw error;
  }

  query<T>(name: string): Promise<T> {
    return this.handle.query<T>(name);
  }

  cancel(): void {
    this.wait(this.handle.cancel());
  }

  async terminate(): Promise<void> {
    this.current.terminated = true;
    await this.handle.terminate('model').catch(() => undefined);
    this.running = false;
  }

  /** A development server decides by itself. */
  lengthenHistory(): void {}

  /** The replay tier does it with whole histories. */
  async replay(): Promise<void> {}

  async step(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }

  private get handle() {
    return this.harness.client.workflow.getHandle(this.id);
  }

  private wait(work: Promise<unknown>): void {
    this.waiting += 1;
    const over = () => {
      this.waiting -= 1;
    };
    work.catch(() => undefined).then(over);
  }
}

function activity(name: string, world: () => DrivenWorld): (input: unknown) => Promise<unknown> {
  return (input) =>
    new Promise((resolve, reject) => {
      const { info, cancellationSignal } = Context.current();
      const heartbeat = Context.current().heartbeat.bind(Context.current());
      const beating = setInterval(heartbeat, HEARTBEAT_MS);
      const settle = (settled: () => void) => {
        clearInterval(beating);
        settled();
      };
      const fail: Attempt['fail'] = (message, retryable = true, { type, detail } = { type: 'Error', detail: null }) =>
        settle(() => reject(ApplicationFailure.create({ message, type, nonRetryable: !retryable, details: [detail] })));
      cancellationSignal.addEventListener('abort', () => settle(() => reject(new CancelledFailure('cancelled'))));
      const attempt: Attempt = {
        name,
        input,
        attempt: info.attempt,
        get abandoned() {
          return cancellationSignal.aborted;
        },
        complete: (result) => settle(() => resolve(result)),
        fail,
        lose: () => setTimeout(() => fail('the worker was lost'), LOST_MS),
      };
      world().attempt(attempt);
    });
}
