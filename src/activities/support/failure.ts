/** From any error to what Temporal should do about it: try again, when, or give up. */
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { ClusterError } from '../../kubernetes/client/errors.ts';
import { Refusal } from '../../kubernetes/writes/refusals.ts';
import { SourceAway } from '../../metrics/preflight/index.ts';

/**
 * - `ClusterError` → type `Cluster.<reason>`; not retried for `notFound`, `forbidden` and `invalid`; a `Retry-After` of the
 *   API server is obeyed
 * - `Refusal` → its kind as type, not retried; what it found comes with it
 * - `SourceAway`: it was tried for long enough, so it is not retried
 * - Temporal's own failures, a cancellation among them, stay what they are
 * - anything else is retried
 */
export function toFailure(error: unknown): TemporalFailure {
  if (error instanceof TemporalFailure) return error;
  if (error instanceof Refusal)
    return ApplicationFailure.nonRetryable(error.message, error.kind, ...(error.detail ? [error.detail] : []));
  if (error instanceof SourceAway) return ApplicationFailure.nonRetryable(error.message, error.name);
  if (error instanceof ClusterError) {
    return ApplicationFailure.create({
      message: error.message,
      type: `Cluster.${error.reason}`,
      nonRetryable: !error.retryable,
      ...(error.retryAfterMs !== undefined && { nextRetryDelay: error.retryAfterMs }),
    });
  }
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return ApplicationFailure.create({ message, type: name, nonRetryable: false });
}
