/** The notices of one plan in virtual time: the workflow's own code, the real activity, and a real mail server that can be away. */
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { plainText } from '../../lab/demo/mail-text.ts';
import { parseHeaders } from '../../lab/smtp/stored-mail.ts';
import { notify } from '../../src/activities/notify.ts';
import { type TellSlackDeps, tellSlack } from '../../src/activities/tell-slack.ts';
import { newsSignal, untoldQuery } from '../../src/contract/messages.ts';
import { type ClosedQuestion, type NotifyInput, noticeView, type Untold } from '../../src/contract/notice.ts';
import type { NotifyPlan } from '../../src/contract/plan.ts';
import type { Question } from '../../src/contract/question.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import { createEmailTransport, type EmailTransport } from '../../src/notify/email.ts';
import type { RunSnapshot } from '../../src/steering/index.ts';
import { unwrapped } from '../support/notices.ts';
import { runningView } from '../support/views.ts';
import { Agenda } from './agenda.ts';
import type { Attempt } from './driver.ts';
import { Engine } from './engine.ts';
import type { Sandboxes } from './sandboxes.ts';

export interface Arrived {
  /** ms of the virtual clock. */
  at: number;
  to: string[];
  subject: string;
  rollout: string;
  reason: string;
  id: string;
  text: string;
  raw: string;
}

/** Answers an address with an error of SMTP; undefined: takes it. */
export type Clerk = (address: string) => number | undefined;

export class NoticesWorld {
  readonly agenda = new Agenda();
  readonly arrived: Arrived[] = [];
  readonly engine: Engine;
  /** Characters of each attempt's input. */
  readonly sizes: number[] = [];
  to = ['team@example.com'];
  againMs = 30 * 60_000;
  /** Who is told; default: `to`, by mail. */
  notify?: NotifyPlan[];
  /** Where Slack is. */
  slack?: Pick<TellSlackDeps, 'installation'>;
  /** What a look at the rollout finds. */
  run?: RunSnapshot;
  clerk: Clerk = () => undefined;
  /** Does something when a mail was taken, before the sender is told. */
  onMail: () => void = () => undefined;
  private readonly pending = new Set<Promise<void>>();
  private server?: SMTPServer;
  private port = 0;
  private transport?: EmailTransport;
  private heard = 0;

  constructor(sandboxes: Sandboxes) {
    const attempt = (one: Attempt) => this.attempt(one);
    this.engine = new Engine(sandboxes, this.agenda, 'notices', 'notices/local/demo/reviews', { attempt });
  }

  get now(): string {
    return new Date(this.agenda.now).toISOString();
  }

  /** @param listen false: no mail server is configured */
  async open(listen = true): Promise<void> {
    if (!listen) return;
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      onRcptTo: ({ address }, _session, done) => {
        const responseCode = this.clerk(address);
        done(responseCode ? Object.assign(new Error('as the test says'), { responseCode }) : null);
      },
      onData: (stream, { envelope }, done) => {
        text(stream).then((raw) => {
          const headers = parseHeaders(raw);
          this.arrived.push({
            at: this.agenda.now,
            to: envelope.rcptTo.map(({ address }) => address),
            subject: headers.subject ?? '',
            rollout: headers['x-sluice-rollout'] ?? '',
            reason: headers['x-sluice-reason'] ?? '',
            id: headers['message-id'] ?? '',
            text: unwrapped(plainText(raw)),
            raw,
          });
          this.onMail();
          done();
        }, done);
      },
    });
    this.server = server;
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => {
      const listening = server.listen(this.port, '127.0.0.1', () => {
        this.port = (listening.address() as AddressInfo).port;
        resolve();
      });
    });
    this.transport ??= createEmailTransport(`smtp://127.0.0.1:${this.port}?requireTLS=false`);
  }

  /** Nobody listens any more. */
  async away(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
  }

  /** Every line breaks. */
  cut(): void {
    const { connections = [] } = (this.server ?? {}) as { connections?: Iterable<{ _socket: { destroy(): void } }> };
    for (const { _socket } of connections) _socket.destroy();
  }

  async close(): Promise<void> {
    await this.engine.terminate();
    this.transport?.close();
    await this.away();
  }

  /** A rollout hands over how it stands: as the activity does, to the workflow that runs or to a new one. */
  async hear(view: Partial<RolloutView>, closed: ClosedQuestion[] = [], ended = false): Promise<void> {
    this.heard = Math.max(this.heard + 1, this.agenda.now);
    const whole = runningView(view);
    const news = {
      at: this.heard,
      notify: this.notify ?? [{ email: { to: this.to } }],
      againMs: this.againMs,
      closed,
      ended,
    };
    this.engine.signal(newsSignal.name, { ...news, view: noticeView(whole, ended) });
    if (!this.engine.running) await this.engine.start({});
  }

  /** Lets everything happen that does within the time. */
  async pass(ms: number): Promise<void> {
    const end = this.agenda.now + ms;
    let reached = false;
    this.agenda.in(ms, () => {
      reached = true;
    });
    while (!reached || this.engine.hasJobs || this.pending.size > 0) {
      await Promise.all(this.pending);
      if (reached && !this.engine.hasJobs) break;
      await this.engine.step();
    }
    if (this.agenda.now > end) throw new Error('time went too far');
  }

  untold(): Promise<Untold[]> {
    return this.engine.query<Untold[]>(untoldQuery.name);
  }

  private attempt({ input, complete, fail }: Attempt): void {
    const asked = input as NotifyInput;
    this.sizes.push(JSON.stringify(asked).length);
    const slack = asked.to[0]?.channel === 'slack' ? this.slack : undefined;
    const mail = { transport: this.transport, from: 'sluice@example.com' };
    const work = (slack ? tellSlack({ ...slack, look: async () => this.run }, asked) : notify(mail, asked)).then(
      complete,
      (error: Error) => fail(error.message),
    );
    this.pending.add(work);
    work.finally(() => this.pending.delete(work));
  }
}

export function question(id: string, since: string, more: Partial<Question> = {}): Question {
  return {
    id,
    kind: 'failed',
    object: 'route',
    reason: `write the route: ${id} is denied.`,
    since,
    answers: { retry: 'tries it again' },
    onAbort: 'goes back to the previous revision',
    onSilence: 'stays as it is',
    ...more,
  };
}
