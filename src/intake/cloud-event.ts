/** CloudEvents 1.0.2 over HTTP, binary and structured; one event in one form. Source: its HTTP binding, section 3. */
import type { ReadHeader } from './proof.ts';

interface CloudEvent extends Record<string, unknown> {
  data: unknown;
}

export type CloudEventRead =
  | { event: CloudEvent; mode: 'binary' | 'structured' }
  | { problem: string }
  /** The request is none. */
  | undefined;

const STRUCTURED = 'application/cloudevents+json';
/** What a body may be. */
export const MEDIA_TYPES = ['application/json', STRUCTURED];
/** Those of binary mode that readings use. */
const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'subject', 'time'];
const REQUIRED = ['id', 'source', 'type'];

/** @param value the body, parsed */
export function readCloudEvent(header: ReadHeader, value: unknown): CloudEventRead {
  if (mediaType(header) === STRUCTURED) return structured(value);
  if (!header('ce-specversion')) return undefined;
  if (header('ce-datacontenttype')) return { problem: 'ce-datacontenttype beside content-type' };
  const event: CloudEvent = { data: value };
  for (const name of ATTRIBUTES) {
    const text = header(`ce-${name}`);
    const decoded = text ? decodeAttribute(text) : undefined;
    if (text && decoded === undefined) return { problem: `ce-${name} is not percent-encoded UTF-8` };
    if (decoded !== undefined) event[name] = decoded;
  }
  return checked(event, 'binary');
}

/** The content type without parameters, in lower case. */
export function mediaType(header: ReadHeader): string {
  return (header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Section 3.1.3.2: quoted strings are unquoted, then percent-decoded. @returns undefined: not UTF-8 */
export function decodeAttribute(text: string): string | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(text)?.[1];
  try {
    return decodeURIComponent(quoted?.replace(/\\(.)/g, '$1') ?? text);
  } catch {
    return undefined;
  }
}

function structured(value: unknown): CloudEventRead {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { problem: 'it is no object' };
  const { data_base64: encoded, ...event } = value as Record<string, unknown>;
  if (encoded === undefined) return checked({ data: undefined, ...event }, 'structured');
  try {
    return checked({ ...event, data: JSON.parse(Buffer.from(String(encoded), 'base64').toString()) }, 'structured');
  } catch {
    return { problem: 'data_base64 is no JSON' };
  }
}

function checked(event: CloudEvent, mode: 'binary' | 'structured'): CloudEventRead {
  if (event.specversion !== '1.0') return { problem: 'specversion is not 1.0' };
  const missing = REQUIRED.filter((name) => typeof event[name] !== 'string' || event[name] === '');
  return missing.length > 0 ? { problem: `${missing.join(', ')} missing` } : { event, mode };
}
