/** Events as data: where a vendor's payload says what was pushed. Every image in it becomes a request of the plain form. */
import { createHash } from 'node:crypto';
import { SEMANTIC_VERSION } from '../contract/build-order.ts';
import { valueAt } from '../contract/json-pointer.ts';
import type { SenderReading } from '../installation/index.ts';
import { DELIVERY_ID } from '../network/signing.ts';
import { formatImage, parseImage } from '../plan/image.ts';
import { globFits } from '../plan/index.ts';
import { readCloudEvent } from './cloud-event.ts';
import { checkDeployEvent, type DeployRequest, type EventProblem, parseJson } from './deploy-event.ts';
import { textAt } from './pointer.ts';
import type { ReadHeader } from './proof.ts';
import { imageOfPurl } from './purl.ts';

/** As the installation says it, or a preset. */
export interface EventReading extends Omit<SenderReading, 'preset'> {
  /** Where a plain deploy event stands; nothing else is needed then. */
  event?: string;
}

export type EventRead =
  | { problems: EventProblem[] }
  /** Why nothing is to do. */
  | { nothing: string }
  | { requests: DeployRequest[]; id?: string };

export interface EventToRead {
  body: Uint8Array;
  header: ReadHeader;
  /** Whether the sender's proof covers headers too; otherwise their ids could be changed by whoever repeats an event. */
  headersProven: boolean;
}

const MAX_IMAGES = 50;

/** Reads an event whose sender is proven. */
export function readEvent(readings: readonly EventReading[], { body, header, headersProven }: EventToRead): EventRead {
  const json = parseJson(body);
  if (!json) return invalid('the body is not JSON in UTF-8', 'send one JSON object');
  if (isPing(json.value)) return { nothing: 'a ping' };
  const cloud = readCloudEvent(header, json.value);
  if (cloud && 'problem' in cloud) return invalid(`not a CloudEvent: ${cloud.problem}`, 'send one of version 1.0');
  const fitting = readings.filter(({ cloudEvent = false }) => cloudEvent === (cloud !== undefined));
  const root: unknown = cloud?.event ?? json.value;
  if (fitting.length === 0) {
    const remedy = `${cloud ? 'do not ' : ''}send it as a CloudEvent, or correct read of the sender`;
    return invalid(cloud ? 'the sender sends no CloudEvents' : 'the sender sends CloudEvents', remedy);
  }
  const reading = fitting.find((one) => holds(one, root));
  if (!reading) return { nothing: 'not an event that rolls anything out' };
  const requests = requestsOf(reading, root);
  if (!('requests' in requests)) return requests;
  const id = cloud?.mode === 'binary' && !headersProven ? '' : textAt(root, reading.id ?? '');
  return { ...requests, ...(id && { id: asDeliveryId(id) }) };
}

/** Itself where it may be one; otherwise its hash. */
export function asDeliveryId(text: string | Uint8Array): string {
  if (typeof text === 'string' && DELIVERY_ID.test(text)) return text;
  return createHash('sha256').update(text).digest('hex');
}

/** What `sluice hooks test` sends. */
function isPing(value: unknown): boolean {
  return valueAt(value, '/ping') === true && Object.keys(value as object).length === 1;
}

function holds({ when = {} }: EventReading, root: unknown): boolean {
  return Object.entries(when).every(([pointer, patterns]) =>
    patterns.some((pattern) => globFits(pattern, textAt(root, pointer))),
  );
}

function requestsOf(reading: EventReading, root: unknown): EventRead {
  if (reading.event !== undefined) return one(checkDeployEvent(valueAt(root, reading.event)));
  const entries = reading.each === undefined ? [root] : valueAt(root, reading.each);
  if (!Array.isArray(entries) || entries.length > MAX_IMAGES)
    return invalid(`there is no list of at most ${MAX_IMAGES} images`, `send it at ${reading.each}`);
  const tagged = entries.filter((entry) => reading.tag === undefined || tagOf(reading, entry) !== '');
  if (tagged.length === 0) return { nothing: 'an image without a tag' };
  const read = tagged.map((entry) => checkDeployEvent(plainEvent(reading, root, entry)));
  const problems = read.flatMap((result) => ('problems' in result ? result.problems : []));
  if (problems.length > 0) return { problems };
  return { requests: read.flatMap((result) => ('request' in result ? [result.request] : [])) };
}

function one(read: ReturnType<typeof checkDeployEvent>): EventRead {
  return 'problems' in read ? read : { requests: [read.request] };
}

/** The plain event that a vendor's payload comes to; what is said besides the image is left out when it cannot be used. */
function plainEvent(reading: EventReading, root: unknown, entry: unknown): Record<string, string> {
  const text = lowerName(imageOfPurl(textAt(entry, reading.image ?? '')));
  const parsed = parseImage(text);
  const tag = tagOf(reading, entry) || parsed?.tag;
  const version = textAt(root, reading.version ?? '', 100);
  const said = {
    image: parsed ? formatImage({ ...parsed, tag }) : text,
    digest: textAt(entry, reading.digest ?? ''),
    by: textAt(root, reading.by ?? '', 200),
    reason: textAt(root, reading.reason ?? ''),
    builtAt: isoTime(textAt(root, reading.builtAt ?? '')),
    version: SEMANTIC_VERSION.test(version) ? version : '',
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ''));
}

/** Vendors write owners with capitals, which images do not have; tags may have them. */
function lowerName(image: string): string {
  const [name = ''] = /^(?:[^/]*\/)*[^:@]*/.exec(image) ?? [];
  return name.toLowerCase() + image.slice(name.length);
}

/** Some registries say the digest where there is no tag. */
function tagOf({ tag = '' }: EventReading, entry: unknown): string {
  const text = textAt(entry, tag);
  return text.includes(':') ? '' : text;
}

function isoTime(text: string): string {
  const date = new Date(/^\d{9,10}$/.test(text) ? Number(text) * 1000 : text);
  return text === '' || Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

function invalid(message: string, remedy: string): EventRead {
  return { problems: [{ path: '', message, remedy }] };
}
