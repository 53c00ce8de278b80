import { describe, expect, it } from 'vitest';
import { newTarget } from '../../../../bench/lib/target.ts';

describe('newTarget', () => {
  it('is a valid plan that waits for an hour at weight 20', () => {
    const { plan } = newTarget({ namespace: 'wait-1', prometheus: 'http://127.0.0.1:9090' });
    expect(plan).toMatchObject({
      name: 'wait-1',
      namespace: 'wait-1',
      shift: { weights: [20, 100], everyMs: 3_600_000 },
    });
    expect(plan.mirror).toBeUndefined();
    expect(plan.load).toBeUndefined();
  });

  it('says what is wrong with a name that cannot be one', () => {
    expect(() => newTarget({ namespace: 'Not A Name', prometheus: 'http://127.0.0.1:9090' })).toThrow(/metadata\.name/);
  });
});
