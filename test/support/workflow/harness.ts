import { randomUUID } from 'node:crypto';
import { Client, Connection, WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import { type ActivityInterceptorsFactory, NativeConnection, Worker } from '@temporalio/worker';
import type { Action, ActionAnswer, ActionVerb } from '../../../src/contract/action.ts';
import { clusterQueue, rolloutWorkflowId, waitQueue } from '../../../src/contract/ids.ts';
import { offerUpdate, viewQuery } from '../../../src/contract/messages.ts';
import type { Offer, OfferAnswer } from '../../../src/contract/offer.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { Answer } from '../../../src/contract/question.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { updateRollout } from '../../../src/steering/act.ts';
import { workflowBundle } from '../../../src/worker/bundle.ts';
import { deploymentOptions, type Versioning } from '../../../src/worker/versions.ts';

/** A test's own time is far longer: what was not seen is told, and not that the time was over. */
const UNTIL_MS = 50_000;

/** Who plays the cluster: the activities of each queue. */
export interface Cast {
  cluster(): object;
  waits(): object;
  control(): object;
}

/** One test's rollouts: workers on queues of their own, at the Temporal server of TEMPORAL_ADDRESS. */
export interface Harness {
  cluster: string;
  /** Task queue of its workflows. */
  queue: string;
  client: Client;
  /** Starts the target's workflow or reaches the running one, as a delivery does. */
  offer(offer: Offer): Promise<OfferAnswer>;
  handle(plan: Plan): WorkflowHandle;
  view(plan: Plan): Promise<RolloutView>;
  act(plan: Plan, verb: ActionVerb, more?: Partial<Action>): Promise<ActionAnswer>;
  /** Answers the first open question that has this answer, proven; default retry. */
  answer(plan: Plan, answer?: Answer): Promise<ActionAnswer>;
  /** Polls the view until `seen`, at most 50 s. */
  until(plan: Plan, seen: (view: RolloutView) => boolean): Promise<RolloutView>;
  close(): Promise<void>;
}

/** `host:port` of the server that the tier has started, or that `test:record` was given. */
export function temporalAddress(): string {
  const address = process.env.TEMPORAL_ADDRESS;
  if (!address) throw new Error('no Temporal server in TEMPORAL_ADDRESS');
  return address;
}

export interface HarnessOptions {
  /** Default: one of its own. */
  cluster?: string;
  /** Task queue of its workflows. Default: one of its own. */
  queue?: string;
  versioning?: Versioning;
  /** No worker for the cluster. Default false. */
  workflowsOnly?: boolean;
  /** Around every activity. Default: nothing. */
  interceptor?: ActivityInterceptorsFactory;
}

export async function startHarness(
  world: Cast,
  {
    cluster = `test-${randomUUID().slice(0, 8)}`,
    queue = `workflows-${cluster}`,
    versioning = {},
    workflowsOnly = false,
    interceptor,
  }: HarnessOptions = {},
): Promise<Harness> {
  const address = temporalAddress();
  const native = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const workerDeploymentOptions = deploymentOptions(versioning);
  const common = {
    connection: native,
    interceptors: { activity: interceptor ? [interceptor] : [] },
    ...(workerDeploymentOptions && { workerDeploymentOptions }),
  };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: queue,
      workflowBundle: { codePath: await workflowBundle() },
      activities: world.control(),
    }),
    ...(workflowsOnly
      ? []
      : [
          Worker.create({ ...common, taskQueue: clusterQueue(cluster), activities: world.cluster() }),
          Worker.create({
            ...common,
            taskQueue: waitQueue(cluster),
            activities: world.waits(),
            maxHeartbeatThrottleInterval: '20ms',
          }),
        ]),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));

  const handle = (plan: Plan) => client.workflow.getHandle(rolloutWorkflowId(cluster, plan.namespace, plan.name));
  const view = (plan: Plan) => handle(plan).query(viewQuery);
  const act: Harness['act'] = (plan, verb, more = {}) =>
    updateRollout(handle(plan), {
      id: randomUUID(),
      verb,
      actor: { name: 'mo', channel: 'cli', ...(verb === 'resume' && { statement: 'good' }) },
      ...more,
    });
  return {
    cluster,
    queue,
    client,
    handle,
    view,
    offer: (offer) =>
      client.workflow.executeUpdateWithStart(offerUpdate, {
        updateId: offer.id,
        args: [offer],
        startWorkflowOperation: new WithStartWorkflowOperation('rollout', {
          workflowId: rolloutWorkflowId(cluster, offer.plan.namespace, offer.plan.name),
          taskQueue: queue,
          workflowIdConflictPolicy: 'USE_EXISTING',
          args: [{ cluster, offer }],
        }),
      }),
    act,
    answer: async (plan, answer = 'retry') => {
      const question = (await view(plan)).questions.find(({ answers }) => answers[answer] !== undefined)?.id;
      return act(plan, 'answer', { question, answer, actor: { name: 'mo', channel: 'cli', statement: 'good' } });
    },
    until: async (plan, seen) => {
      const end = Date.now() + UNTIL_MS;
      for (;;) {
        const now = await view(plan);
        if (seen(now)) return now;
        if (Date.now() > end) throw new Error(`not seen in ${UNTIL_MS} ms; last view: ${JSON.stringify(now, null, 1)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    close: async () => {
      for (const worker of workers) worker.shutdown();
      await running;
      await native.close();
      await connection.close();
    },
  };
}
