/** Sluice as it is run: worker processes that can be killed, a client that delivers and steers. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, Connection, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { SENDER } from '../../../lab/story/index.ts';
import { vouchForOffer } from '../../../src/authority/index.ts';
import { registerSearchAttributes } from '../../../src/cli/temporal/search-attributes.ts';
import type { Action, ActionAnswer, ActionVerb } from '../../../src/contract/action.ts';
import {
  noticesWorkflowId,
  reconcileWorkflowId,
  rolloutWorkflowId,
  WORKFLOW_QUEUE,
  waitQueue,
} from '../../../src/contract/ids.ts';
import { type ReconcileWorkflow, viewQuery, WORKFLOWS } from '../../../src/contract/messages.ts';
import type { OfferAnswer } from '../../../src/contract/offer.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import type { Answer } from '../../../src/contract/question.ts';
import type { ReconcileReport } from '../../../src/contract/reconcile.ts';
import type { RolloutView } from '../../../src/contract/view.ts';
import { deliver, newDelivery } from '../../../src/intake/deliver.ts';
import { parseImage } from '../../../src/plan/image.ts';
import { updateRollout } from '../../../src/steering/act.ts';
import { almighty, INSTALLATION_HEAD, ordered, testServer, vouched } from '../authority.ts';
import { eventually, lab } from './cluster.ts';

/** Who may do everything in every lab. */
const PEOPLE = [
  'mo',
  'li',
  'ann',
  'bob',
  'ci',
  'eve',
  'ivy',
  'zoe',
  ...Array.from({ length: 20 }, (_, n) => `zoe${n}`),
];

/** Of what the workers note of Secrets. */
const REVISION_KEY = 'a key that only the workers of a lab have';

/** Its senders have no secret here: a server has proven them. */
const KNOWN_TO_WORKERS = `addressesInPlans: any
revisionKeys: [{ kid: lab, key: { env: LAB_REVISION_KEY } }]
senders: [{ name: ${SENDER}, plans: ["*/*"], signature: { preset: standard-webhooks, secrets: [{ env: NOT_HERE }] } }]
`;

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

export interface SluiceOptions {
  /** Default 1. */
  workers?: number;
  /** Added to the workers' environment, for instance another KUBECONFIG. */
  environment?: NodeJS.ProcessEnv;
  /** `host:port` of another Temporal server than the lab's. */
  temporal?: string;
}

export class ClusterSluice {
  /** Name of the cluster and of a Temporal namespace, so that test files do not share queues. */
  readonly cluster: string;
  readonly client: Client;
  private readonly connection: Connection;
  readonly workers: ChildProcess[] = [];
  /** Whom the workers believe. */
  readonly server = testServer();
  private readonly temporal: string;
  private readonly environment: NodeJS.ProcessEnv;

  private constructor(cluster: string, connection: Connection, temporal: string, environment: NodeJS.ProcessEnv) {
    this.cluster = cluster;
    this.connection = connection;
    this.temporal = temporal;
    this.client = new Client({ connection, namespace: cluster });
    this.environment = environment;
  }

  static async start(options: SluiceOptions = {}): Promise<ClusterSluice> {
    const { temporal = lab.temporal, environment = {} } = options;
    const cluster = `lab-${randomUUID().slice(0, 8)}`;
    const connection = await Connection.connect({ address: temporal });
    await createNamespace(connection, cluster, temporal);
    const sluice = new ClusterSluice(cluster, connection, temporal, environment);
    mkdirSync(sluice.plans, { recursive: true });
    writeFileSync(
      sluice.installation,
      `${INSTALLATION_HEAD}${KNOWN_TO_WORKERS}planSources: [{ name: copies, dir: "${sluice.plans}", namespaces: ["*"] }]\n${sluice.server.servers}${almighty(...PEOPLE)}`,
    );
    await Promise.all(Array.from({ length: options.workers ?? 1 }, () => sluice.startWorker()));
    return sluice;
  }

  /**
   * A worker process; resolves when it takes work.
   * @param environment for this one, instead of the others'
   * @param main its program, when it is not Sluice's own
   */
  async startWorker(
    environment: NodeJS.ProcessEnv = this.environment,
    args: string[] = [],
    main = MAIN,
  ): Promise<ChildProcess> {
    const logs = join(lab.dir, 'sluice');
    const log = openSync(join(logs, `${this.cluster}-worker-${this.workers.length}.log`), 'a');
    const child = spawn(process.execPath, [main, 'worker', '--cluster', this.cluster, ...args], {
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        KUBECONFIG: lab.productKubeconfig,
        TEMPORAL_ADDRESS: this.temporal,
        TEMPORAL_NAMESPACE: this.cluster,
        SLUICE_SMTP_URL: `smtp://${lab.smtp.host}:${lab.smtp.port}?requireTLS=false`,
        SLUICE_MAIL_FROM: 'sluice@example.com',
        SLUICE_INSTALLATION: this.installation,
        LAB_REVISION_KEY: REVISION_KEY,
        ...environment,
      },
    });
    this.workers.push(child);
    await eventually(() => this.polled(), `worker of ${this.cluster} polls`, 90_000);
    return child;
  }

  /** The operator's file of the workers. */
  get installation(): string {
    return join(lab.dir, 'sluice', `${this.cluster}.yaml`);
  }

  /** Folder of the workers' own copies of plans. */
  get plans(): string {
    return join(lab.dir, 'sluice', `${this.cluster}-plans`);
  }

  /** The command line, as a person at this Temporal runs it. */
  async cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = { ...process.env, TEMPORAL_ADDRESS: lab.temporal, TEMPORAL_NAMESPACE: this.cluster };
    const asked = promisify(execFile)(process.execPath, [MAIN, ...args, '--cluster', this.cluster], { env });
    return asked.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  }

  /** Resolves when people were told all there is, at most a minute later. */
  async told({ namespace, name }: Plan): Promise<void> {
    const notices = this.client.workflow.getHandle(noticesWorkflowId(this.cluster, namespace, name));
    const isTold = async () => (await notices.describe()).status.name !== 'RUNNING';
    await eventually(
      () => isTold().catch((error) => error instanceof WorkflowNotFoundError),
      'people are told',
      60_000,
    );
  }

  /** Delivers as a server does for somebody who may run any plan. */
  async deliver(plan: Plan, image: string, id: string = randomUUID(), waitMs = 30_000): Promise<OfferAnswer> {
    const request = { image: parseImage(image), by: 'ci' };
    const delivery = newDelivery({
      cluster: this.cluster,
      source: 'test',
      id,
      request,
      plan,
      actor: { name: 'ci', channel: 'api' },
      receivedAt: new Date(),
    });
    const offered = await vouchForOffer(delivery.offer, this.cluster, this.server.key);
    const { kind, offer } = await deliver(this.client, { ...delivery, offer: offered }, { waitMs });
    if (kind === 'conflict') throw new Error(`delivery ${id} conflicts`);
    return offer;
  }

  /** `sluice reconcile --repair`, as somebody whom a server vouches for. */
  async repair(namespace: string): Promise<ReconcileReport> {
    const order = { right: 'repair', cluster: this.cluster, person: 'mo', what: [namespace] } as const;
    const statement = await ordered(order, this.server);
    return this.client.workflow.execute<ReconcileWorkflow>(WORKFLOWS.reconcile, {
      workflowId: `${reconcileWorkflowId(this.cluster)}/${randomUUID()}`,
      taskQueue: WORKFLOW_QUEUE,
      args: [{ cluster: this.cluster, namespaces: [namespace], repair: true, statement }],
    });
  }

  handle(plan: Plan): WorkflowHandle {
    return this.client.workflow.getHandle(rolloutWorkflowId(this.cluster, plan.namespace, plan.name));
  }

  view(plan: Plan): Promise<RolloutView> {
    return this.handle(plan).query(viewQuery);
  }

  result(plan: Plan): Promise<RolloutView> {
    return this.handle(plan).result() as Promise<RolloutView>;
  }

  /** Waits for a view, 120 s at most. */
  until(plan: Plan, seen: (view: RolloutView) => boolean, what: string, timeoutMs = 120_000): Promise<RolloutView> {
    return eventually(
      async () => {
        const view = await this.view(plan);
        return seen(view) ? view : undefined;
      },
      what,
      timeoutMs,
    );
  }

  act(plan: Plan, verb: ActionVerb, reason?: string): Promise<ActionAnswer> {
    return this.send(plan, { id: randomUUID(), verb, reason, actor: { name: 'mo', channel: 'cli' } });
  }

  /** The first open question that can be answered so is, by somebody who can prove it. */
  async answer(plan: Plan, answer: Answer = 'retry'): Promise<ActionAnswer> {
    const { questions } = await this.view(plan);
    const question = questions.find(({ answers }) => answers[answer] !== undefined)?.id;
    const action = {
      id: randomUUID(),
      verb: 'answer',
      question,
      answer,
      actor: { name: 'mo', channel: 'cli' },
    } as const;
    return this.sendProven(plan, action);
  }

  /** As a server that knows who asks does. */
  async sendProven(plan: Plan, action: Action): Promise<ActionAnswer> {
    const { rollout, startedBy } = await this.view(plan);
    return this.send(
      plan,
      await vouched({ rollout: rollout ?? startedBy.delivery, ...action }, plan, this.cluster, this.server),
    );
  }

  send(plan: Plan, action: Action): Promise<ActionAnswer> {
    return updateRollout(this.handle(plan), action);
  }

  /** Every living worker polls; a killed one stays in Temporal's list for minutes, so identities are compared. */
  private async polled(): Promise<true | undefined> {
    const { pollers } = await this.connection.workflowService.describeTaskQueue({
      namespace: this.cluster,
      taskQueue: { name: waitQueue(this.cluster) },
      taskQueueType: ACTIVITY_QUEUE,
    });
    const polling = new Set((pollers ?? []).map(({ identity }) => Number(identity?.split('@')[0])));
    return this.workers.filter(isAlive).every(({ pid }) => polling.has(pid as number)) || undefined;
  }

  /** Deletes a closed workflow, as Temporal's retention does. */
  async forget(workflowId: string): Promise<void> {
    await this.connection.workflowService.deleteWorkflowExecution({
      namespace: this.cluster,
      workflowExecution: { workflowId },
    });
    await eventually(async () => {
      const known = await this.client.workflow
        .getHandle(workflowId)
        .describe()
        .then(
          () => true,
          () => false,
        );
      return !known || undefined;
    }, `${workflowId} is forgotten`);
  }

  async stop(): Promise<void> {
    const alive = this.workers.filter(isAlive);
    const gone = alive.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of alive) child.kill('SIGKILL');
    await Promise.all(gone);
    await this.connection.close();
  }
}

/** `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const ACTIVITY_QUEUE = 2;

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function createNamespace(connection: Connection, namespace: string, address: string): Promise<void> {
  const create = [
    'operator',
    'namespace',
    'create',
    '--namespace',
    namespace,
    '--retention',
    '24h',
    '--address',
    address,
  ];
  await promisify(execFile)(lab.bin.temporal as string, create);
  const client = new Client({ connection, namespace });
  await eventually(
    async () => (await registerSearchAttributes(client)).added.length === 0 || undefined,
    `search attributes of ${namespace}`,
  );
}
