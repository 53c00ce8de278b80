import { defaultPayloadConverter, type Payload } from '@temporalio/common';

interface Payloads {
  payloads?: Payload[] | null;
}

/** All arguments; one that cannot be decoded (another codec) is undefined. */
function decodeAll(payloads: Payloads | null | undefined): unknown[] {
  return (payloads?.payloads ?? []).map(decodeOne);
}

export function decodeFirst(payloads: Payloads | null | undefined): unknown {
  return decodeAll(payloads)[0];
}

export function decodeOne(payload: Payload | null | undefined): unknown {
  if (!payload) return undefined;
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return undefined;
  }
}

/** The text, or undefined for everything else. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The object, or an empty one, so that old or foreign histories are read as far as they can be. */
export function asObject<T extends object>(value: unknown): Partial<T> {
  return value !== null && typeof value === 'object' ? (value as Partial<T>) : {};
}
