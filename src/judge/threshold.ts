export interface ThresholdOptions {
  /** Smallest share of good responses of a tick, 0 to 1. Default 0.99. */
  minSuccess?: number;
  /** Failed checks that abort. Default 5. */
  failures?: number;
}

export interface ThresholdCheck {
  verdict: 'abort' | 'continue';
  /** Share of good responses of this tick; absent without a request, which fails the check. */
  success?: number;
  failed: boolean;
  /** Failed checks so far. */
  failedChecks: number;
}

/**
 * A fixed limit on the canary alone, one call a tick: a tick below it, or without a request, is a failed check; checks add up and good
 * ones take nothing back. As Flagger documents it (docs.flagger.app, "Deployment Strategies", canary release: the
 * `threshold` of the analysis and the metric `request-success-rate` with its `thresholdRange`).
 */
export function thresholdChecks({
  minSuccess = 0.99,
  failures = 5,
}: ThresholdOptions = {}): (canary: { requests: number; errors: number }) => ThresholdCheck {
  let failedChecks = 0;
  return ({ requests, errors }) => {
    const success = requests > 0 ? 1 - errors / requests : undefined;
    const failed = success === undefined || success < minSuccess;
    if (failed) failedChecks += 1;
    return { verdict: failedChecks >= failures ? 'abort' : 'continue', success, failed, failedChecks };
  };
}
