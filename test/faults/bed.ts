/** What one row stands on: an application with users, a plan of seconds, Sluice, and the ways to disturb them. */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Prober } from '../../lab/prober/index.ts';
import type { Action, ActionAnswer, ActionVerb } from '../../src/contract/action.ts';
import type { OfferAnswer } from '../../src/contract/offer.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { eventually, lab } from '../support/lab/cluster.ts';
import { FaultProxy, type FaultRule } from '../support/lab/fault-proxy.ts';
import { Reviews } from '../support/lab/reviews.ts';
import type { ClusterSluice } from '../support/lab/sluice.ts';
import { seededRandom } from '../support/random.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { TemporalServer } from '../support/temporal-server.ts';
import { runsOf } from './history.ts';
import type { RowSetup } from './needs.ts';
import type { Trace } from './oracles/index.ts';
import { weightOn } from './oracles/traffic.ts';
import { type ClusterRecording, recordCluster } from './recorder.ts';
import type { FaultStage } from './stage.ts';
import type { MailReply } from './tools/smtp-script.ts';

const FAILING_WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const PRIMARY = 'v1';
const CANARY = 'v2';
const RECIPIENT = 'team@example.com';
/** Users a second; enough for a verdict in two seconds. */
const RATE = 50;

export class Bed {
  readonly app: Reviews;
  readonly stage: FaultStage;
  readonly sluice: ClusterSluice;
  readonly plan: Plan;
  readonly recording: ClusterRecording;
  readonly random: () => number;
  /** The row's own ones, when it needs them. */
  readonly temporal: TemporalServer | undefined;
  readonly line: TcpProxy | undefined;
  private readonly prober: Prober;
  private readonly actions: Trace['actions'] = [];
  private readonly closing: (() => Promise<void> | void)[];

  private constructor(
    parts: Pick<Bed, 'app' | 'stage' | 'sluice' | 'random' | 'temporal' | 'line'>,
    closing: Bed['closing'],
  ) {
    this.app = parts.app;
    this.stage = parts.stage;
    this.sluice = parts.sluice;
    this.random = parts.random;
    this.temporal = parts.temporal;
    this.line = parts.line;
    this.closing = closing;
    this.plan = quickPlan(this.app);
    this.recording = recordCluster(this.app.namespace);
    this.prober = this.app.users({ rate: RATE });
  }

  static async make(stage: FaultStage, row: RowSetup): Promise<Bed> {
    const closing: Bed['closing'] = [];
    try {
      const label = row.id
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .slice(0, 30);
      const [app, footing] = await Promise.all([Reviews.create(label, row.app), footingOf(stage, row, closing)]);
      closing.unshift(() => app.remove());
      return new Bed({ app, stage, random: seededRandom(stage.seed, row.id), ...footing }, closing);
    } catch (error) {
      await closeAll(closing);
      throw error;
    }
  }

  get namespace(): string {
    return this.app.namespace;
  }

  /** Breaks requests of Sluice about this row's namespace. */
  breakKube(rule: FaultRule): FaultRule {
    const { namespace } = this;
    return this.stage.kube.add({
      ...rule,
      match: (method, path) => path.includes(`/namespaces/${namespace}/`) && rule.match(method, path),
    });
  }

  /** A Prometheus of this row's own plan; call before {@link deliver}. */
  async breakPrometheus(): Promise<FaultProxy> {
    const proxy = await FaultProxy.open({ url: lab.prometheus }, this.random);
    this.closing.push(() => proxy.stop());
    this.plan.analysis.prometheus = proxy.url;
    return proxy;
  }

  /** What the mail server answers to mails about this row. */
  breakMail(reply: MailReply, times = 1): void {
    this.stage.smtp.rules.push({ match: (raw) => raw.includes(this.namespace), reply, times });
  }

  deliver(image = 'reviews:v2', id: string = randomUUID()): Promise<OfferAnswer> {
    return this.sluice.deliver(this.plan, image, id);
  }

  act(verb: ActionVerb, changes: Partial<Action> = {}): Promise<ActionAnswer> {
    const action: Action = { id: randomUUID(), verb, actor: { name: 'mo', channel: 'cli' }, ...changes };
    return this.record(action, this.sluice.send(this.plan, action));
  }

  private async record(action: Action, sent: Promise<ActionAnswer>): Promise<ActionAnswer> {
    const answer = await sent.catch((error: unknown) => {
      const { cause } = error as { cause?: Error };
      return { accepted: false, message: cause?.message ?? String(error) };
    });
    this.actions.push({ action, answer });
    return answer;
  }

  /** The same by somebody who can prove it. */
  actAs(name: string, verb: ActionVerb, changes: Partial<Action> = {}): Promise<ActionAnswer> {
    const action: Action = { id: randomUUID(), verb, ...changes, actor: { name, channel: 'cli' } };
    return this.record(action, this.sluice.sendProven(this.plan, action));
  }

  until(seen: (view: RolloutView) => boolean, what: string, timeoutMs?: number): Promise<RolloutView> {
    return this.sluice.until(this.plan, seen, what, timeoutMs);
  }

  untilWeight(weight: number): Promise<RolloutView> {
    return this.until(({ route }) => route.canary === weight, `weight ${weight}`);
  }

  /** Waits until an activity of that name runs. */
  async untilRuns(activity: string): Promise<void> {
    const look = async () => {
      const { raw } = await this.sluice.handle(this.plan).describe();
      return raw.pendingActivities?.some(({ activityType }) => activityType?.name === activity);
    };
    await eventually(look, `${activity} runs`);
  }

  untilHeld(timeoutMs?: number): Promise<RolloutView> {
    return this.until(({ needsYou }) => needsYou !== undefined, 'it needs somebody', timeoutMs);
  }

  result(): Promise<RolloutView> {
    return this.sluice.result(this.plan);
  }

  /** A worker that ends itself at `failpoint`; resolves when it takes work. */
  startFailing(failpoint: string): Promise<ChildProcess> {
    return this.sluice.startWorker(this.workerEnvironment({ FAILPOINT: failpoint }), [], FAILING_WORKER);
  }

  startWorker(args: string[] = []): Promise<ChildProcess> {
    return this.sluice.startWorker(this.workerEnvironment(), args);
  }

  private workerEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { ...this.stage.environment, ...(this.line && { TEMPORAL_ADDRESS: this.line.address }), ...more };
  }

  /** Epoch ms at which the last worker ended itself. */
  async died(timeoutMs = 90_000): Promise<number> {
    const worker = this.sluice.workers.at(-1);
    await eventually(
      () => worker?.signalCode === 'SIGKILL' || undefined,
      'the worker ends itself at its fail point',
      timeoutMs,
    );
    return Date.now();
  }

  /** Epoch ms of the first stored route at or after `from` that gives the canary nothing. */
  usersBack(from: number, timeoutMs = 60_000): Promise<number> {
    const { routes } = this.recording;
    return eventually(
      () => {
        const now = routes.at(-1);
        if (!now || weightOn(now.value, CANARY) > 0) return undefined;
        const away = routes.findLastIndex(({ value }) => weightOn(value, CANARY) > 0);
        return Math.max(from, routes[away + 1]?.at ?? from);
      },
      'users are on the primary',
      timeoutMs,
    );
  }

  users() {
    return this.prober.summary();
  }

  /** What users asked and were answered so far. */
  records(): Trace['probes'] {
    return this.prober.records();
  }

  /** Everything that happened, when the row is over. */
  async trace(): Promise<Trace> {
    const primarySize = Number((this.recording.primary[0]?.value.spec as { replicas?: number })?.replicas ?? 0);
    const runs = await runsOf(this.sluice.client, this.sluice.handle(this.plan).workflowId);
    if (runs.at(-1)?.closedAt) await this.sluice.told(this.plan);
    await this.prober.stop();
    this.recording.stop();
    return {
      plan: this.plan.name,
      destinations: { primary: PRIMARY, canary: CANARY },
      ...this.recording,
      primarySize,
      probes: this.prober.records(),
      runs,
      actions: this.actions,
      mails: this.stage.smtp.mails.filter(({ raw }) => raw.includes(this.namespace)),
      recipients: [RECIPIENT],
    };
  }

  async close(): Promise<void> {
    this.recording.stop();
    await this.prober.stop().catch(() => undefined);
    await closeAll(this.closing);
  }
}

/** Mirror, two weights and the promotion in about twenty seconds. */
function quickPlan(app: Reviews): Plan {
  const plan = app.plan();
  return {
    ...plan,
    load: undefined,
    mirror: { percent: 100, everyMs: 1_500, iterations: 1 },
    shift: { weights: [50, 100], everyMs: 2_000 },
    traffic: { ...plan.traffic, terminationDrainMs: 1_000 },
    analysis: { ...plan.analysis },
    notify: [{ email: { to: [RECIPIENT] } }],
  };
}

async function footingOf(
  stage: FaultStage,
  { needs }: RowSetup,
  closing: Bed['closing'],
): Promise<Pick<Bed, 'sluice' | 'temporal' | 'line'>> {
  if (!needs) return { sluice: await stage.sluice(), temporal: undefined, line: undefined };
  const adopt = (child: ChildProcess) => stage.adopt(child);
  const program = lab.bin.temporal as string;
  const temporal = needs.temporal && (await TemporalServer.start({ program, limits: needs.temporal, adopt }));
  if (temporal) closing.push(() => temporal.crash());
  const address = temporal?.address ?? lab.temporal;
  const line = needs.line ? await TcpProxy.open(address) : undefined;
  if (line) closing.push(() => line.close());
  const environment = line && { TEMPORAL_ADDRESS: line.address };
  const workers = needs.failpoint ? 0 : (needs.workers ?? 1);
  const sluice = await stage.startSluice({ workers, temporal: address, environment });
  closing.unshift(() => sluice.stop());
  if (needs.failpoint) {
    await sluice.startWorker({ ...stage.environment, ...environment, FAILPOINT: needs.failpoint }, [], FAILING_WORKER);
  }
  return { sluice, temporal, line };
}

async function closeAll(closing: Bed['closing']): Promise<void> {
  for (const close of closing.splice(0)) await Promise.resolve(close()).catch(() => undefined);
}
