import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../../src/activities/support/failure.ts';
import { CLUSTER_ERRORS, ClusterError, type ClusterErrorReason } from '../../../../src/kubernetes/client/errors.ts';
import { Refusal } from '../../../../src/kubernetes/writes/refusals.ts';

describe('what Temporal is told of an error', () => {
  it.each(Object.keys(CLUSTER_ERRORS) as ClusterErrorReason[])(
    'a ClusterError %s is retried or not as it says',
    (reason) => {
      const error = new ClusterError({ verb: 'get', object: 'Deployment demo/x', reason });
      const failure = toFailure(error);
      expect(failure).toMatchObject({
        type: `Cluster.${reason}`,
        nonRetryable: !error.retryable,
        message: error.message,
      });
      const final = ['notFound', 'forbidden', 'invalid'].includes(reason);
      expect(error.retryable).toBe(!final);
    },
  );

  it('waits as long as the API server asks for', () => {
    const error = new ClusterError({ verb: 'get', object: 'x', reason: 'tooMany', status: 429, retryAfterMs: 3000 });
    expect(toFailure(error)).toMatchObject({ nextRetryDelay: 3000 });
  });

  it('never retries a refusal, and retries what it does not know', () => {
    expect(toFailure(new Refusal('FenceRefused', 'late'))).toMatchObject({ type: 'FenceRefused', nonRetryable: true });
    expect(toFailure(new TypeError('x'))).toMatchObject({ type: 'TypeError', nonRetryable: false });
    expect(toFailure('text')).toBeInstanceOf(ApplicationFailure);
  });

  it("leaves Temporal's own failures alone", () => {
    const cancelled = new CancelledFailure('stop');
    expect(toFailure(cancelled)).toBe(cancelled);
  });
});
