import { createTransport, type Transporter } from 'nodemailer';
import type { Message } from './message.ts';

export type EmailTransport = Transporter;

/** What became of each address. */
export interface Sent {
  sent: string[];
  /** "address: why". */
  failed: string[];
}

/** Nobody got the message and trying again may help. */
export class TemporaryMailError extends Error {
  override readonly name = 'TemporaryMailError';
}

const CONNECTIONS = 2;
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, dnsTimeout: 10_000 };

/**
 * A pooled SMTP transport. It never reads files or fetches URLs for a message, and never repeats one by itself: who calls
 * repeats it with the same Message-ID.
 * @param url `smtp://user:password@host:587` or `smtps://…`; kept out of every error
 * @throws TypeError for anything else
 */
export function createEmailTransport(url: string): EmailTransport {
  if (!/^smtps?:\/\/[^/\s]+/.test(url))
    throw new TypeError('SLUICE_SMTP_URL must look like smtp://host:port or smtps://user:password@host');
  return createTransport({
    url,
    pool: true,
    maxConnections: CONNECTIONS,
    maxRequeues: 0,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...TIMEOUTS,
  });
}

/**
 * One message to all recipients in one transaction.
 * @throws TemporaryMailError when nobody got it and a later attempt may succeed
 */
export async function sendEmail(
  transport: EmailTransport,
  from: string,
  to: readonly string[],
  message: Message,
): Promise<Sent> {
  const { good, bad } = sortAddresses(to);
  const invalid = bad.map((address) => `${plain(address)}: not an e-mail address`);
  if (good.length === 0) return { sent: [], failed: invalid };
  try {
    const info = await transport.sendMail({
      ...headersOf(message),
      from: addressObject(from),
      to: good.map(addressObject),
    });
    const rejected = ((info.rejected ?? []) as (string | { address: string })[]).map(addressOf);
    const failed = rejected.map((address) => `${plain(address)}: ${reasonFor(address, info.rejectedErrors)}`);
    return { sent: good.filter((address) => !rejected.includes(address)), failed: [...failed, ...invalid] };
  } catch (error) {
    if (!isPermanent(error)) throw new TemporaryMailError(mailReason(error));
    return {
      sent: [],
      failed: [
        ...good.map(
          (address) =>
            `${plain(address)}: ${reasonFor(address, asMailError(error).rejectedErrors) || mailReason(error)}`,
        ),
        ...invalid,
      ],
    };
  }
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
  responseCode?: number;
  response?: string;
  permanent?: boolean;
  recipient?: string;
  rejectedErrors?: MailError[];
}

function asMailError(error: unknown): MailError {
  return error instanceof Error ? error : { message: String(error) };
}

/** Mistakes of the message or the settings: the next attempt would make them again. */
const FINAL_CODES = new Set(['ESTREAM', 'ECONFIG', 'ENOAUTH']);

/** With several refused recipients it is final only when each of them is. */
function isPermanent(error: unknown): boolean {
  const { permanent, rejectedErrors, code } = asMailError(error);
  if (rejectedErrors?.length) return rejectedErrors.every((one) => one.permanent === true);
  return permanent ?? FINAL_CODES.has(code ?? '');
}

function reasonFor(address: string, errors: MailError[] | undefined): string {
  const found = errors?.find(({ recipient }) => recipient === address);
  return found ? mailReason(found) : '';
}

/** Code and the server's words, without control characters and of bounded length. */
function mailReason(error: unknown): string {
  const { code, response, message } = asMailError(error);
  return plain([code, response ?? message].filter(Boolean).join(' ')).slice(0, 300);
}

function addressOf(recipient: string | { address: string }): string {
  return typeof recipient === 'string' ? recipient : recipient.address;
}

function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}
