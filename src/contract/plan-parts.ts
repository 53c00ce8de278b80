/** The parts of a plan that an activity uses: its input carries these and nothing else, so that histories stay small. */
import type { Plan } from './plan.ts';

/** What every write and every look needs. */
const TARGET_PARTS = ['name', 'namespace', 'workload', 'traffic', 'scale', 'mirror', 'affinity'] as const;

export type TargetPlan = Pick<Plan, (typeof TARGET_PARTS)[number]>;

/** @param more parts beside those that every activity gets */
export function partsOf<Part extends keyof Plan = never>(plan: Plan, ...more: Part[]): TargetPlan & Pick<Plan, Part> {
  const wanted: readonly string[] = [...TARGET_PARTS, ...more];
  const parts = Object.entries(plan).filter(([part]) => wanted.includes(part));
  return Object.fromEntries(parts) as TargetPlan & Pick<Plan, Part>;
}
