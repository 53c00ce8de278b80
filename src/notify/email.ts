import { createTransport, type Transporter } from 'nodemailer';
import type { Message } from './message.ts';

export type EmailTransport = Transporter;

/** What became of each address. */
export interface Sent {
  sent: string[];
  /** For good. */
  refused: { address: string; reason: string }[];
  /** Trying again may help. `perhaps`: it may have arrived all the same, as the answer was lost. */
  later: { address: string; reason: string; perhaps: boolean }[];
}

const CONNECTIONS = 2;
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, dnsTimeout: 10_000 };

/**
 * A pooled SMTP transport. It never reads files or fetches URLs for a message, and never repeats one by itself: who calls
 * repeats it with the same Message-ID.
 * @param url `smtp://user:password@host:587`, which must offer STARTTLS unless `?requireTLS=false` follows, or `smtps://…`; kept out of
 *   every error
 * @throws TypeError for anything else
 */
export function createEmailTransport(url: string): EmailTransport {
  if (!/^smtps?:\/\/[^/\s]+/.test(url))
    throw new TypeError('SLUICE_SMTP_URL must look like smtp://host:port or smtps://user:password@host');
  return createTransport({
    url,
    requireTLS: true,
    pool: true,
    maxConnections: CONNECTIONS,
    maxRequeues: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...TIMEOUTS,
  });
}

/** One message to all recipients in one transaction. */
export async function sendEmail(
  transport: EmailTransport,
  from: string,
  to: readonly string[],
  message: Message,
): Promise<Sent> {
  const { good, bad } = sortAddresses(to);
  const sent: Sent = {
    sent: [],
    refused: bad.map((address) => ({ address, reason: 'not an e-mail address' })),
    later: [],
  };
  if (good.length === 0) return sent;
  try {
    const mail = { ...headersOf(message), from: addressObject(from), to: good.map(addressObject) };
    const { rejectedErrors = [] } = (await transport.sendMail(mail)) as Pick<MailError, 'rejectedErrors'>;
    for (const address of good)
      note(
        sent,
        address,
        rejectedErrors.find(({ recipient }) => recipient === address),
      );
  } catch (error) {
    const { rejectedErrors = [], ...whole } = asMailError(error);
    for (const address of good)
      note(sent, address, rejectedErrors.find(({ recipient }) => recipient === address) ?? whole);
  }
  return sent;
}

function note({ sent, refused, later }: Sent, address: string, error: MailError | undefined): void {
  if (!error) sent.push(address);
  else if (isFinal(error)) refused.push({ address, reason: mailReason(error) });
  else later.push({ address, reason: mailReason(error), perhaps: mayHaveArrived(error) });
}

function headersOf(message: Message) {
  const [first] = message.references;
  return {
    subject: message.subject,
    text: message.text,
    html: message.html,
    messageId: message.messageId,
    references: message.references,
    inReplyTo: first,
    headers: message.headers,
  };
}

/** An object is never parsed again, so a name cannot smuggle in a second address. */
function addressObject(address: string): { name: string; address: string } {
  return { name: '', address };
}

/** Strict on purpose: no display names, comments, quoted local parts, lists or address literals. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

export function isEmailAddress(text: string): boolean {
  return ADDRESS.test(text);
}

function sortAddresses(to: readonly string[]): { good: string[]; bad: string[] } {
  const unique = [...new Set(to)];
  return { good: unique.filter(isEmailAddress), bad: unique.filter((address) => !isEmailAddress(address)) };
}

interface MailError {
  message: string;
  code?: string;
  /** Of the system, when there was no server to talk to. */
  syscall?: string;
  /** The SMTP command that failed; CONN: the connection. */
  command?: string;
  response?: string;
  /** The server said 5xx. */
  permanent?: boolean;
  recipient?: string;
  rejectedErrors?: MailError[];
}

function asMailError(error: unknown): MailError {
  if (!(error instanceof Error)) return { message: String(error) };
  return { ...error, message: error.message };
}

/** The server does not want this address or this message. Its dislike of the sender or the login may be mended. */
function isFinal({ permanent, command }: MailError): boolean {
  return permanent === true && (command === 'RCPT TO' || command === 'DATA');
}

/** The connection was there, and broke before the server said no. */
function mayHaveArrived({ response, syscall }: MailError): boolean {
  return response === undefined && syscall !== 'connect' && syscall !== 'getaddrinfo';
}

/** Code and the server's words, without control characters and of bounded length. */
function mailReason({ code, response, message }: MailError): string {
  return plain([code, response ?? message].filter(Boolean).join(' ')).slice(0, 300);
}

function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}
