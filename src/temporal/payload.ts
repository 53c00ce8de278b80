import { defaultPayloadConverter, type Payload } from '@temporalio/common';

interface Payloads {
  payloads?: Payload[] | null;
}

/** The first argument. */
export function decodeFirst(payloads: Payloads | null | undefined): unknown {
  return decodeOne(payloads?.payloads?.[0]);
}

/** Undefined where there is none, or none that can be decoded (another codec). */
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
