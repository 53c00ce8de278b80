/** The parts of a plan that an activity uses: its input carries these and nothing else, so that histories stay small. */
import type { Plan, ShiftPlan } from './plan.ts';

/** What every write and every look needs. */
const TARGET_PARTS = ['name', 'namespace', 'workload', 'traffic', 'scale', 'mirror', 'affinity', 'match'] as const;

export type TargetPlan = Pick<Plan, (typeof TARGET_PARTS)[number]>;

/** @param more parts beside those that every activity gets */
export function partsOf<Part extends keyof Plan = never>(plan: Plan, ...more: Part[]): TargetPlan & Pick<Plan, Part> {
  const wanted: readonly string[] = [...TARGET_PARTS, ...more];
  const parts = Object.entries(plan).filter(([part]) => wanted.includes(part));
  return Object.fromEntries(parts) as TargetPlan & Pick<Plan, Part>;
}

/** Length of an interval with this weight on the canary, ms: that of the planned weight which it belongs to, or comes before. */
export function everyAt({ weights, everyMs, stagesMs }: ShiftPlan, weight: number): number {
  return stagesMs?.[weights.findIndex((planned) => planned >= weight)] ?? everyMs;
}
