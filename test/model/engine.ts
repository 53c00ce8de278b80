/**
 * Runs workflows without a server and without a clock: the SDK's own sandbox gets its activations from here, and time is a number
 * that jumps to the next thing that happens. The same calls in the same order give the same run, bit by bit.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { Agenda } from './agenda.ts';
import type { Attempt, Completed, DrivenWorld, Driver, FoundRefusal, UpdateOutcome } from './driver.ts';
import {
  type Activation,
  activityFailure,
  type Command,
  commandsOf,
  inOrder,
  type Job,
  type Payload,
  payload,
  shown,
  timeoutFailure,
} from './protocol.ts';
import { milliseconds, type ProtoDuration, type RetryPolicy, retryDelay } from './retries.ts';
import type { Sandbox, Sandboxes } from './sandboxes.ts';

interface Activity {
  name: string;
  attempt?: Attempt;
}

/** Everything that one run of a workflow was told, and what it asked for: enough to replay it. */
interface Run {
  id: string;
  seed: number;
  startedAt: number;
  activations: Activation[];
  commands: string[];
}

export class Engine implements Driver {
  /** Queues of clusters have no worker: what is scheduled there waits. */
  private workers = true;
  /** What waits for a worker begins when one comes up. */
  private readonly waiting = new Set<() => void>();
  private suggestContinueAsNew = false;
  /** Events that the histories of all runs would have, about. */
  events = 0;
  runs = 0;
  completed?: Completed;
  readonly unfinished: string[] = [];

  private sandbox?: Sandbox;
  private run?: Run;
  private jobs: Job[] = [];
  private readonly activities = new Map<number, Activity>();
  private readonly timers = new Map<number, () => void>();
  private readonly updates = new Map<string, (outcome: UpdateOutcome) => void>();
  private readonly accepted = new Set<string>();
  private updateCount = 0;

  private readonly sandboxes: Sandboxes;
  private readonly agenda: Agenda;
  private readonly type: string;
  private readonly workflowId: string;
  private readonly world: DrivenWorld;

  constructor(sandboxes: Sandboxes, agenda: Agenda, type: string, workflowId: string, world: DrivenWorld) {
    this.sandboxes = sandboxes;
    this.agenda = agenda;
    this.type = type;
    this.workflowId = workflowId;
    this.world = world;
  }

  async start(...args: unknown[]): Promise<void> {
    if (this.sandbox) throw new Error(`${this.workflowId} runs already`);
    this.completed = undefined;
    await this.open(args.map(payload));
  }

  get hasJobs(): boolean {
    return this.jobs.length > 0;
  }

  get running(): boolean {
    return this.sandbox !== undefined;
  }

  signal(name: string, ...args: unknown[]): void {
    this.tell({ signalWorkflow: { signalName: name, input: args.map(payload), identity: 'model' } });
  }

  update<T>(name: string, args: unknown[], done: (outcome: UpdateOutcome<T>) => void): void {
    this.updateCount += 1;
    const id = `update-${this.updateCount}`;
    this.updates.set(id, done as (outcome: UpdateOutcome) => void);
    this.tell({ doUpdate: { id, protocolInstanceId: id, name, input: args.map(payload), runValidator: true } });
  }

  cancel(): void {
    this.tell({ cancelWorkflow: { reason: 'model' } });
  }

  async terminate(): Promise<void> {
    this.accepted.clear();
    if (this.sandbox) await this.close({});
  }

  async query<T>(name: string): Promise<T> {
    if (!this.sandbox) throw new Error(`${this.workflowId} does not run`);
    // The sandbox takes queries as they are, so they need the tag that others get on their way.
    const job = { variant: 'queryWorkflow', queryWorkflow: { queryId: 'q', queryType: name, arguments: [] } } as Job;
    const [command] = commandsOf(await this.sandbox.activate({ runId: this.run?.id, jobs: [job] }));
    const answer = command?.respondToQuery?.succeeded?.response;
    if (!answer) throw new Error(`${name} was not answered: ${JSON.stringify(command)}`);
    return defaultPayloadConverter.fromPayload<T>(answer);
  }

  async step(): Promise<void> {
    if (this.jobs.length > 0) await this.activate();
    else this.agenda.next();
  }

  stopWorkers(): void {
    this.workers = false;
  }

  startWorkers(): void {
    this.workers = true;
    for (const begin of this.waiting) begin();
    this.waiting.clear();
  }

  lengthenHistory(): void {
    this.suggestContinueAsNew = true;
  }

  async replay(): Promise<void> {
    const { run } = this;
    if (!run || !this.sandbox) return;
    const fresh = await this.sandboxes.open(run.id, this.type, this.workflowId, run.startedAt, run.seed);
    for (const [index, activation] of run.activations.entries()) {
      const asked = shown(commandsOf(await fresh.activate(activation)));
      if (asked !== run.commands[index])
        throw new Error(`replay of ${run.id} differs at activation ${index}:\n${run.commands[index]}\n${asked}`);
    }
    await this.sandbox.dispose();
    this.sandbox = fresh;
  }

  private tell(job: Job): void {
    this.jobs.push(job);
  }

  private async open(input: Payload[]): Promise<void> {
    this.runs += 1;
    const run: Run = {
      id: `${this.workflowId}-run-${this.runs}`,
      seed: this.runs,
      startedAt: this.agenda.now,
      activations: [],
      commands: [],
    };
    this.run = run;
    this.sandbox = await this.sandboxes.open(run.id, this.type, this.workflowId, this.agenda.now, run.seed);
    this.jobs.unshift({
      initializeWorkflow: { workflowType: this.type, workflowId: this.workflowId, arguments: input, attempt: 1 },
    });
    await this.activate();
  }

  private async activate(): Promise<void> {
    const { sandbox, run } = this;
    const jobs = inOrder(this.jobs);
    this.jobs = [];
    if (!sandbox || !run) {
      for (const { doUpdate } of jobs) if (doUpdate) this.answer(doUpdate.id, { ended: true });
      return;
    }
    const activation: Activation = {
      runId: run.id,
      timestamp: msToTs(this.agenda.now),
      historyLength: 3 + run.activations.length * 4,
      continueAsNewSuggested: this.suggestContinueAsNew,
      // As for every new run of this SDK: jobs of one activation are one batch.
      availableInternalFlags: [1, 2, 3, 4, 5, 6],
      jobs,
    };
    const completion = await sandbox.activate(activation);
    const commands = commandsOf(completion);
    this.events += 3 + 2 * jobs.length + commands.length;
    run.activations.push(activation);
    run.commands.push(shown(commands));
    for (const command of commands) await this.obey(command);
  }

  private async obey(command: Command): Promise<void> {
    const { startTimer, cancelTimer, requestCancelActivity, updateResponse } = command;
    const scheduled = command.scheduleActivity ?? command.scheduleLocalActivity;
    if (startTimer) this.startTimer(startTimer.seq ?? 0, milliseconds(startTimer.startToFireTimeout));
    else if (cancelTimer) this.timers.get(cancelTimer.seq ?? 0)?.();
    else if (scheduled) this.schedule(scheduled);
    else if (requestCancelActivity) this.abandon(requestCancelActivity.seq ?? 0);
    else if (updateResponse) this.answerUpdate(updateResponse);
    else if (command.completeWorkflowExecution) {
      const { result } = command.completeWorkflowExecution;
      await this.close({ result: result ? defaultPayloadConverter.fromPayload(result) : undefined });
    } else if (command.failWorkflowExecution) {
      await this.close({ failure: command.failWorkflowExecution.failure?.message ?? 'failed' });
    } else if (command.cancelWorkflowExecution) await this.close({ cancelled: true });
    else if (command.continueAsNewWorkflowExecution) {
      const input = command.continueAsNewWorkflowExecution.arguments ?? [];
      this.suggestContinueAsNew = false;
      await this.leave();
      await this.open(input as Payload[]);
    }
  }

  private startTimer(seq: number, ms: number): void {
    const cancel = this.agenda.in(ms, () => {
      this.timers.delete(seq);
      this.tell({ fireTimer: { seq } });
    });
    this.timers.set(seq, cancel);
  }

  private schedule(scheduled: NonNullable<Command['scheduleActivity']>): void {
    const seq = scheduled.seq ?? 0;
    const name = scheduled.activityType ?? '';
    const activity: Activity = { name };
    this.activities.set(seq, activity);
    const [argument] = scheduled.arguments ?? [];
    const policy = scheduled.retryPolicy as RetryPolicy | undefined;
    const timeout = milliseconds(scheduled.startToCloseTimeout as ProtoDuration);
    const startWithin = milliseconds(scheduled.scheduleToStartTimeout as ProtoDuration);
    const endWithin = milliseconds(scheduled.scheduleToCloseTimeout as ProtoDuration);
    const noticed = milliseconds((scheduled.heartbeatTimeout ?? scheduled.startToCloseTimeout) as ProtoDuration);
    const queue = scheduled.taskQueue ?? '';
    const timeOut = (timeoutType: string) => {
      if (this.activities.get(seq) === activity)
        this.resolve(seq, { failed: { failure: timeoutFailure(name, timeoutType) } });
    };
    const begin = (count: number) => this.whenServed(queue, () => work(count), timeOut, { startWithin, endWithin });
    const work = (count: number) => {
      if (this.activities.get(seq) !== activity) return;
      let open = true;
      const settle = (settled: () => void) => {
        if (!open) return;
        open = false;
        expire();
        if (!attempt.abandoned && this.activities.get(seq) === activity) settled();
      };
      const failed = (message: string, retryable: boolean, refusal?: FoundRefusal) =>
        settle(() => {
          const delay = retryable ? retryDelay(policy, count) : undefined;
          if (delay !== undefined) this.agenda.in(delay, () => begin(count + 1));
          else this.resolve(seq, { failed: { failure: activityFailure(name, message, retryable, refusal) } });
        });
      const expire = this.agenda.in(timeout, () => failed('activity StartToClose timeout', true));
      const attempt: Attempt = {
        name,
        input: argument ? defaultPayloadConverter.fromPayload(argument) : undefined,
        attempt: count,
        abandoned: false,
        complete: (result) => settle(() => this.resolve(seq, { completed: { result: payload(result) } })),
        fail: (message, retryable = true, refusal) => failed(message, retryable, refusal),
        lose: () => this.agenda.in(noticed, () => failed('activity Heartbeat timeout', true)),
      };
      activity.attempt = attempt;
      this.world.attempt(attempt);
    };
    begin(1);
  }

  /** At once on a queue with a worker; otherwise when one comes up, or not at all. */
  private whenServed(
    queue: string,
    begin: () => void,
    expire: (timeoutType: string) => void,
    { startWithin, endWithin }: { startWithin: number; endWithin: number },
  ): void {
    if (this.workers || !queue.startsWith('sluice.')) {
      begin();
      return;
    }
    const limit = Math.min(startWithin || Number.POSITIVE_INFINITY, endWithin || Number.POSITIVE_INFINITY);
    const late = () => {
      this.waiting.delete(served);
      expire(limit === startWithin ? 'SCHEDULE_TO_START' : 'SCHEDULE_TO_CLOSE');
    };
    const stop = Number.isFinite(limit) ? this.agenda.in(limit, late) : () => {};
    const served = () => {
      stop();
      begin();
    };
    this.waiting.add(served);
  }

  /** As Temporal does for TRY_CANCEL: the workflow goes on at once, the worker is told. */
  private abandon(seq: number): void {
    const activity = this.activities.get(seq);
    if (!activity) return;
    if (activity.attempt) activity.attempt.abandoned = true;
    this.resolve(seq, {
      cancelled: {
        failure: { ...activityFailure(activity.name, 'cancelled', false), cause: { canceledFailureInfo: {} } },
      },
    });
  }

  private resolve(seq: number, result: NonNullable<Job['resolveActivity']>['result']): void {
    this.activities.delete(seq);
    this.tell({ resolveActivity: { seq, result } });
  }

  private answerUpdate(response: NonNullable<Command['updateResponse']>): void {
    const { protocolInstanceId, accepted, completed, rejected } = response;
    if (accepted) this.accepted.add(protocolInstanceId ?? '');
    if (completed) this.answer(protocolInstanceId, { result: defaultPayloadConverter.fromPayload(completed) });
    else if (rejected) this.answer(protocolInstanceId, { refused: rejected.message ?? '' });
  }

  private answer(id: string | null | undefined, outcome: UpdateOutcome): void {
    const done = this.updates.get(id ?? '');
    this.updates.delete(id ?? '');
    this.accepted.delete(id ?? '');
    done?.(outcome);
  }

  private async close(completed: Completed): Promise<void> {
    await this.leave();
    this.completed = completed;
    for (const id of [...this.updates.keys()]) this.answer(id, { ended: true });
  }

  private async leave(): Promise<void> {
    this.unfinished.push(...this.accepted);
    for (const cancel of this.timers.values()) cancel();
    for (const { attempt } of this.activities.values()) if (attempt) attempt.abandoned = true;
    this.timers.clear();
    this.activities.clear();
    // What came too late for this run meets the next one.
    this.jobs = this.jobs.filter((job) => job.doUpdate || job.signalWorkflow);
    await this.sandbox?.dispose();
    this.sandbox = undefined;
  }
}
