/** The order of test files: as vitest has it, but small files that take long come first, so that none is left over at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of more than a minute, the longest first: vitest goes by size as long as it knows no times, and would begin some last. */
export const LONG = [
  'test/lab/cluster/source-canary.test.ts',
  'test/lab/cluster/from-argo-rollouts.test.ts',
  'test/lab/cluster/from-flagger.test.ts',
  'test/lab/rollout/comparison.test.ts',
  'test/lab/rollout/pod-health.test.ts',
  'test/lab/rollout/promotion.test.ts',
  'test/lab/two-clusters.test.ts',
  'test/lab/traffic/match-stage.test.ts',
  'test/lab/rollout/bad-version.test.ts',
  'test/lab/traffic/outcomes.test.ts',
  'test/lab/traffic/service-router.test.ts',
  'test/lab/rollout/interruptions.test.ts',
  'test/lab/rollout/events.test.ts',
  'test/workflow/newer-revisions.test.ts',
  'test/workflow/going-back.test.ts',
  'test/workflow/gates-kept.test.ts',
  'extras/github-action/workflow/real-server.test.ts',
  'test/workflow/audit.test.ts',
  'test/workflow/long-waits.test.ts',
  'test/package/package.test.ts',
  'test/workflow/matrix.test.ts',
];

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return longFirst(await super.sort(files));
  }
}

export function longFirst(files: readonly TestSpecification[]): TestSpecification[] {
  const place = ({ moduleId }: TestSpecification) => {
    const found = LONG.findIndex((file) => moduleId.endsWith(`/${file}`));
    return found < 0 ? LONG.length : found;
  };
  return [...files].sort((a, b) => place(a) - place(b));
}
