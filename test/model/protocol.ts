/** What the SDK's sandbox is told and answers, and failures as Temporal's server words them. */
import {
  ApplicationFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
  TimeoutFailure,
  type TimeoutType,
} from '@temporalio/common';
import type { FoundRefusal } from './driver.ts';
import type { Sandbox } from './sandboxes.ts';

export type Activation = Parameters<Sandbox['activate']>[0];
export type Job = NonNullable<Activation['jobs']>[number];
type Completion = Awaited<ReturnType<Sandbox['activate']>>;
export type Command = NonNullable<NonNullable<Completion['successful']>['commands']>[number];
export type Payload = ReturnType<typeof defaultPayloadConverter.toPayload>;

export function commandsOf(completion: Completion): Command[] {
  if (completion.failed) throw new Error(`the workflow task failed: ${JSON.stringify(completion.failed.failure)}`);
  return completion.successful?.commands ?? [];
}

/** As Temporal's core orders them: messages before answers. */
export function inOrder(jobs: Job[]): Job[] {
  const message = (job: Job) => Boolean(job.initializeWorkflow || job.signalWorkflow || job.doUpdate);
  const first = jobs.filter((job) => job.initializeWorkflow);
  return [
    ...first,
    ...jobs.filter((job) => message(job) && !job.initializeWorkflow),
    ...jobs.filter((job) => !message(job)),
  ];
}

export function payload(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value);
}

export function shown(commands: Command[]): string {
  return JSON.stringify(commands);
}

export function activityFailure(name: string, message: string, retryable: boolean, refusal?: FoundRefusal) {
  const { type, detail } = refusal ?? {};
  const details = refusal ? [detail] : undefined;
  const failure = ApplicationFailure.create({ message, type, nonRetryable: !retryable, details });
  const cause = defaultFailureConverter.errorToFailure(failure, defaultPayloadConverter);
  return { message: 'Activity task failed', cause, activityFailureInfo: { activityType: { name }, activityId: name } };
}

/** As the server words it: nothing ran. */
export function timeoutFailure(name: string, timeoutType: string) {
  const cause = defaultFailureConverter.errorToFailure(
    new TimeoutFailure(`activity ${timeoutType} timeout`, undefined, timeoutType as TimeoutType),
    defaultPayloadConverter,
  );
  return {
    message: 'Activity task timed out',
    cause,
    activityFailureInfo: { activityType: { name }, activityId: name },
  };
}
