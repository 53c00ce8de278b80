/** Reads the text part of a mail (RFC 2045, RFC 2046), as far as Sluice's own mails need it. */
import { parseHeaders } from '../smtp/stored-mail.ts';

/** @param raw the whole mail @throws Error when it has no text part */
export function plainText(raw: string): string {
  const mail = raw.replace(/\r\n/g, '\n');
  const boundary = /boundary="([^"]+)"/.exec(parseHeaders(mail)['content-type'] ?? '')?.[1];
  const parts = boundary ? mail.split(`\n--${boundary}`).slice(1) : [mail];
  const part = parts.find((one) => (typeOf(one) ?? 'text/plain').startsWith('text/plain'));
  if (part === undefined) throw new Error('the mail has no text part');
  const body = part.slice(part.search(/\n\n/) + 2).trimEnd();
  return decode(body, headersOf(part)['content-transfer-encoding'] ?? '7bit');
}

function headersOf(part: string): Record<string, string> {
  return parseHeaders(part.replace(/^\n/, ''));
}

function typeOf(part: string): string | undefined {
  return headersOf(part)['content-type'];
}

function decode(body: string, encoding: string): string {
  switch (encoding.toLowerCase()) {
    case 'quoted-printable':
      return quotedPrintable(body);
    case 'base64':
      return Buffer.from(body, 'base64').toString('utf8');
    default:
      return body;
  }
}

/** RFC 2045, section 6.7: `=` at the end of a line joins two, `=XX` is a byte. */
function quotedPrintable(body: string): string {
  const bytes = body
    .replace(/=[ \t]*\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
