/** Reads and writes payloads as Temporal's own converter does; what nobody can decode becomes a marker, and stops no workflow. */
import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';

/** Stands where something undecodable was. */
const UNDECODABLE = { undecodable: true } as const;

export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload<T>(payload: Parameters<PayloadConverter['fromPayload']>[0]): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch {
      return UNDECODABLE as T;
    }
  },
};
