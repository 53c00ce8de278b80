import type { TargetPlan } from '../../contract/plan-parts.ts';
import type { SeriesTarget } from '../../metrics/istio-series.ts';
import { destinationService } from '../../routers/index.ts';

/** Whose series a plan's queries read. */
export function seriesTargetOf(plan: TargetPlan): SeriesTarget {
  return {
    namespace: plan.namespace,
    primary: plan.workload.primary,
    canary: plan.workload.canary,
    primaryService: destinationService(plan, 'primary'),
    canaryService: destinationService(plan, 'canary'),
  };
}
