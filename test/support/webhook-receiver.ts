/** A receiver of webhooks on loopback: it keeps what the reference implementation of Standard Webhooks takes, and answers as told. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

export interface ArrivedWebhook {
  id: string;
  contentType: string;
  signatures: string[];
  /** The body. */
  event: { id: string; type: string; data: { notices: { topic: string; sentence: string }[] } } & Record<
    string,
    unknown
  >;
}

/** `away`: every line breaks before anything is read; `deaf`: it takes what comes, and the answer is lost. */
type Answer = number | { status: number; headers: Record<string, string> } | 'away' | 'deaf';

export class WebhookReceiver {
  /** Of what was asked: also what was answered with an error, or lost. */
  readonly arrived: ArrivedWebhook[] = [];
  /** Why the reference implementation refused a request. */
  readonly forged: string[] = [];
  answer: Answer = 204;
  private readonly server = createServer((request, response) => void this.take(request, response));

  /** The one that it knows. */
  secret: string;

  constructor(secret: string) {
    this.secret = secret;
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hooks/board`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  get topics(): string[] {
    return this.arrived.flatMap(({ event }) => event.data.notices.map(({ topic }) => topic));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { answer } = this;
    if (answer === 'away') return void request.socket.destroy();
    const body = await text(request);
    const headers = request.headers as Record<string, string>;
    try {
      new Webhook(this.secret).verify(body, headers);
    } catch (error) {
      this.forged.push(String(error));
      return void response.writeHead(401).end();
    }
    const { 'webhook-id': id = '', 'webhook-signature': signatures = '', 'content-type': contentType = '' } = headers;
    this.arrived.push({ id, contentType, signatures: signatures.split(' '), event: JSON.parse(body) });
    if (answer === 'deaf') return void request.socket.destroy();
    const { status, headers: more } = typeof answer === 'number' ? { status: answer, headers: {} } : answer;
    response.writeHead(status, more).end('what it says is nobody else’s business');
  }
}
