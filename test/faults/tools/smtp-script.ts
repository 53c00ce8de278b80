/** A real SMTP server that answers what a test asks for. */
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { parseHeaders } from '../../../lab/smtp/stored-mail.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';

export type MailReply =
  /** The mail is kept, and the line breaks before the sender is told. */
  | { kind: 'lose' }
  /** 421 and 451: come again; 550: never. */
  | { kind: 'refuse'; code: 421 | 451 | 550 };

export interface MailRule {
  /** Mails that the rule is for, by their raw text. */
  match: (raw: string) => boolean;
  reply: MailReply;
  /** How often; default once. */
  times?: number;
}

export interface TakenMail {
  /** Epoch ms. */
  at: number;
  headers: Record<string, string>;
  raw: string;
}

export class SmtpScript {
  readonly rules: MailRule[] = [];
  /** What was accepted, in order; copies of one mail are several. */
  readonly mails: TakenMail[] = [];
  readonly url: string;
  private readonly server: SMTPServer;
  private readonly line: TcpProxy;

  private constructor(server: SMTPServer, line: TcpProxy) {
    this.server = server;
    this.line = line;
    this.url = `smtp://${line.address}?requireTLS=false`;
  }

  static async open(): Promise<SmtpScript> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      onData: (stream, session, done) => {
        text(stream).then((raw) => script.take(raw, session, done), done);
      },
    });
    // a line that a test breaks is no surprise
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.server.address() as AddressInfo;
    const script: SmtpScript = new SmtpScript(server, await TcpProxy.open(`127.0.0.1:${port}`));
    return script;
  }

  close(): void {
    this.line.close();
    this.server.close();
  }

  private take(raw: string, { remotePort }: SMTPServerSession, done: (error?: Error) => void): void {
    const rule = this.rules.find(({ match, times }) => times !== 0 && match(raw));
    if (rule) rule.times = (rule.times ?? 1) - 1;
    if (rule?.reply.kind === 'refuse') {
      done(Object.assign(new Error('as the test says'), { responseCode: rule.reply.code }));
      return;
    }
    this.mails.push({ at: Date.now(), headers: parseHeaders(raw), raw });
    if (rule) this.line.cutLine(remotePort);
    done();
  }
}
