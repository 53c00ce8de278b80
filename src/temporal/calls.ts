/** Calls of Temporal: each with an end, and what their errors say. */
import { type Client, isGrpcServiceError, ServiceError } from '@temporalio/client';

const CALL_TIMEOUT_MS = 10_000;

/** Codes of gRPC's `status`. */
export const DEADLINE_EXCEEDED = 4;
export const NOT_FOUND = 5;
export const PERMISSION_DENIED = 7;
export const FAILED_PRECONDITION = 9;
export const UNAVAILABLE = 14;
const CANCELLED = 1;
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;

/** The gRPC status code behind an error of the client. */
export function grpcStatus(error: unknown): number | undefined {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) ? cause.code : undefined;
}

/** The call's time was over: said by the server, or by the client, which cancels its own call then. */
export function ranOut(error: unknown): boolean {
  const status = grpcStatus(error);
  return status === DEADLINE_EXCEEDED || status === CANCELLED;
}

/** The request is larger than the server takes, now and later: its own limit, or gRPC's. */
export function isTooLarge(error: unknown): boolean {
  const status = grpcStatus(error);
  return (
    (status === INVALID_ARGUMENT || status === RESOURCE_EXHAUSTED) &&
    /exceeds limit|larger than max/.test(reason(error))
  );
}

/** One line about an error, its deepest cause last. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isGrpcServiceError(error)) return error.details || error.message;
  return error instanceof ServiceError && error.cause ? reason(error.cause) : error.message;
}

/** Every call has an end: 10 s unless said otherwise. */
export function within<T>(client: Client, call: () => Promise<T>, timeoutMs = CALL_TIMEOUT_MS): Promise<T> {
  return client.connection.withDeadline(Date.now() + timeoutMs, call);
}
