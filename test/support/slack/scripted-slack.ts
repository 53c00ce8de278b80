/** Slack on loopback: it keeps what it is sent, refuses what Slack refuses, and presses buttons as people do. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type WebSocket, WebSocketServer } from 'ws';
import { brokenRule } from './rules.ts';

export interface SlackPost {
  channel: string;
  ts: string;
  text: string;
  blocks: Block[];
  thread?: string;
  broadcast?: boolean;
  metadata?: unknown;
  /** How often it was changed. */
  updates: number;
}

interface Block {
  type: string;
  block_id?: string;
  text?: { text: string };
  elements?: Element[];
}

interface Element {
  action_id: string;
  value?: string;
  text: { text: string };
  confirm?: object;
}

const TEAM = 'T1';
export const CHANNEL = 'C0RELEASES';
const TOKEN = 'xoxb-of-the-scripted-slack';
/** A person who waits for longer sees an error. */
const PATIENCE_MS = 3_000;
/** As long as an action is waited for at most, and what a busy machine adds. */
const LATE_MS = 30_000;

export class ScriptedSlack {
  readonly token = TOKEN;
  readonly secret = randomBytes(16).toString('hex');
  readonly messages: SlackPost[] = [];
  /** What was posted to addresses for later answers. */
  readonly answers: Record<string, unknown>[] = [];
  /** How many of them, by address. */
  private readonly answered = new Map<string, number>();
  /** Calls of the API that were refused, and why. */
  readonly refused: string[] = [];
  calls = 0;
  /** `away`: every line breaks; `deaf`: it takes what comes, and the answer is lost. */
  state: 'well' | 'away' | 'deaf' = 'well';
  /** Calls that are told to wait, and how long, s. */
  limit = { calls: 0, seconds: 1 };
  /** What came back over the socket, by envelope. */
  readonly acks = new Map<string, { payload: { text?: string } }>();
  readonly appToken = 'xapp-of-the-scripted-slack';
  socket?: WebSocket;
  private readonly sockets = new WebSocketServer({ noServer: true });
  private seq = 0;
  private readonly server = createServer((request, response) => void this.take(request, response));

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.server.on('upgrade', (request, line, head) =>
      this.sockets.handleUpgrade(request, line, head, (socket) => {
        this.socket = socket;
        socket.on('message', (data) => {
          const { envelope_id: id, ...ack } = JSON.parse(String(data));
          this.acks.set(id, ack);
        });
        socket.on('close', () => {
          if (this.socket === socket) this.socket = undefined;
        });
        socket.send(JSON.stringify({ type: 'hello' }));
      }),
    );
    return this;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get api(): string {
    return `${this.origin}/api/`;
  }

  close(): void {
    for (const socket of this.sockets.clients) socket.terminate();
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Of the rollouts: what is no reply. */
  get cards(): SlackPost[] {
    return this.messages.filter(({ thread }) => thread === undefined);
  }

  repliesTo({ ts }: SlackPost): SlackPost[] {
    return this.messages.filter(({ thread }) => thread === ts);
  }

  buttons({ blocks }: SlackPost): Element[] {
    return blocks.flatMap(({ type, elements = [] }) => (type === 'actions' ? elements : []));
  }

  /** @param what its action_id */
  button(message: SlackPost, what: string): Element {
    const found = this.buttons(message).find(({ action_id: id }) => id === what);
    if (!found)
      throw new Error(
        `no button ${what}; there are ${this.buttons(message)
          .map(({ action_id: id }) => id)
          .join(', ')}`,
      );
    return found;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (this.state === 'away') return void request.socket.destroy();
    const path = request.url ?? '';
    if (path.startsWith('/answer/')) {
      this.answers.push(JSON.parse(body));
      this.answered.set(path, this.answersTo(path) + 1);
      return void response.end('ok');
    }
    this.calls += 1;
    if (this.limit.calls > 0) {
      this.limit.calls -= 1;
      return void response.writeHead(429, { 'retry-after': String(this.limit.seconds) }).end();
    }
    if (path.endsWith('/apps.connections.open')) {
      const ok = request.headers.authorization === `Bearer ${this.appToken}`;
      const url = `${this.origin.replace('http', 'ws')}/socket`;
      response.setHeader('content-type', 'application/json');
      return void response.end(JSON.stringify(ok ? { ok, url } : no('invalid_auth')));
    }
    const fields = Object.fromEntries(new URLSearchParams(body));
    const answer =
      request.headers.authorization === `Bearer ${TOKEN}` ? this.call(path.slice(5), fields) : no('invalid_auth');
    if (!answer.ok) this.refused.push(`${path}: ${answer.error} ${answer.why ?? ''}`);
    if (this.state === 'deaf') return void request.socket.destroy();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  }

  private call(method: string, fields: Record<string, string>): Record<string, unknown> {
    const { channel, ts, thread_ts: thread } = fields;
    if (channel !== CHANNEL) return no('channel_not_found');
    const asHistory = (messages: SlackPost[]) => ({
      ok: true,
      messages: messages.map((one) => ({ ...one })).reverse(),
    });
    switch (method) {
      case 'conversations.history':
        return asHistory(this.cards);
      case 'conversations.replies':
        return asHistory(this.messages.filter((one) => one.thread === ts || one.ts === ts));
      case 'chat.postMessage':
      case 'chat.update': {
        const blocks = JSON.parse(fields.blocks ?? 'null');
        const why = brokenRule(blocks, fields.text);
        if (why) return no('invalid_blocks', why);
        const content = { text: fields.text ?? '', blocks };
        if (method === 'chat.update') return this.update(ts ?? '', content);
        return this.post({
          ...content,
          thread,
          broadcast: fields.reply_broadcast === 'true',
          metadata: JSON.parse(fields.metadata ?? 'null'),
        });
      }
      default:
        return no('unknown_method');
    }
  }

  private post(message: Omit<SlackPost, 'channel' | 'ts' | 'updates'>): Record<string, unknown> {
    if (message.thread && !this.messages.some(({ ts }) => ts === message.thread)) return no('thread_not_found');
    this.seq += 1;
    const ts = `1764460800.${String(this.seq).padStart(6, '0')}`;
    this.messages.push({ ...message, channel: CHANNEL, ts, updates: 0 });
    return { ok: true, channel: CHANNEL, ts };
  }

  private update(ts: string, content: Pick<SlackPost, 'text' | 'blocks'>): Record<string, unknown> {
    const found = this.messages.find((one) => one.ts === ts);
    if (!found) return no('message_not_found');
    Object.assign(found, content, { updates: found.updates + 1 });
    return { ok: true, channel: CHANNEL, ts };
  }

  /** What Slack sends when somebody presses a button, or writes into a field and presses Enter. */
  pressed(
    message: Pick<SlackPost, 'ts' | 'thread'>,
    { action_id, value }: Pick<Element, 'action_id' | 'value'>,
    user = 'U1',
    more: object = {},
  ) {
    return {
      type: 'block_actions',
      team: { id: TEAM },
      enterprise: null,
      user: { id: user, team_id: TEAM },
      trigger_id: randomUUID(),
      response_url: `${this.origin}/answer/${randomUUID()}`,
      container: { type: 'message', message_ts: message.ts, thread_ts: message.thread, channel_id: CHANNEL },
      actions: [{ type: 'button', block_id: 'b', action_id, value, action_ts: `${Date.now() / 1000}` }],
      ...more,
    };
  }

  /** Over the socket, as Slack wraps it. @returns what came back within Slack's patience */
  async emit(type: 'slash_commands' | 'interactive', payload: object): Promise<{ payload: { text?: string } }> {
    const id = randomUUID();
    this.socket?.send(JSON.stringify({ type, envelope_id: id, payload, accepts_response_payload: true }));
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const ack = this.acks.get(id);
      if (ack) return ack;
      if (Date.now() > end) throw new Error('no answer within 3 s');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private answersTo(path: string): number {
    return this.answered.get(path) ?? 0;
  }

  /**
   * An answer that is late follows by itself, also on a busy machine: it is waited for.
   * @returns status, and how long it took, ms  @throws when Slack would not have waited
   */
  async send(
    url: string,
    payload: object,
    { secret = this.secret, age = 0 } = {},
  ): Promise<{ status: number; ms: number }> {
    const { response_url: later } = payload as { response_url?: string };
    const path = new URL(later ?? this.origin).pathname;
    const before = this.answersTo(path);
    const body = String(new URLSearchParams({ payload: JSON.stringify(payload) }));
    const timestamp = String(Math.floor(Date.now() / 1000) - age);
    const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
    };
    const began = performance.now();
    const { status } = await fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(PATIENCE_MS) });
    const ms = performance.now() - began;
    const end = Date.now() + LATE_MS;
    while (status === 200 && later && this.answersTo(path) === before) {
      if (Date.now() > end) throw new Error('nothing was answered');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { status, ms };
  }
}

function no(error: string, why?: string): { ok: false; error: string; why?: string } {
  return { ok: false, error, ...(why && { why }) };
}
