/** Temporal's rules for another attempt. Source: docs.temporal.io, "Retry Policies". */
export interface ProtoDuration {
  seconds?: { toNumber(): number } | number | null;
  nanos?: number | null;
}

export interface RetryPolicy {
  initialInterval?: ProtoDuration | null;
  backoffCoefficient?: number | null;
  maximumInterval?: ProtoDuration | null;
  /** 0: without end. */
  maximumAttempts?: number | null;
}

/** @returns ms before the attempt after `attempt`; undefined when there is none */
export function retryDelay(policy: RetryPolicy | undefined, attempt: number): number | undefined {
  const { initialInterval, backoffCoefficient, maximumInterval, maximumAttempts } = policy ?? {};
  if (maximumAttempts && attempt >= maximumAttempts) return undefined;
  const first = initialInterval ? milliseconds(initialInterval) : 1_000;
  const longest = maximumInterval ? milliseconds(maximumInterval) : first * 100;
  return Math.min(first * (backoffCoefficient || 2) ** (attempt - 1), longest);
}

export function milliseconds(duration: ProtoDuration | null | undefined): number {
  const { seconds, nanos } = duration ?? {};
  return Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1_000_000;
}
