/** The checklist: what a rollout does, in order. The workflow, the CLI and the audit use these names and numbers. */
export const STEPS = [
  { name: 'detect', title: 'detect the new revision' },
  { name: 'scale-canary', title: 'scale the canary from zero' },
  { name: 'canary-autoscaler', title: 'set canary HPA bounds' },
  { name: 'probe-canary', title: 'probe canary pods' },
  { name: 'acceptance', title: 'run acceptance tests' },
  { name: 'acceptance-gate', title: 'abort if they fail' },
  { name: 'load', title: 'run the load test' },
  { name: 'mirror', title: 'mirror live traffic to the canary' },
  { name: 'check', title: 'check success rate and duration' },
  { name: 'failure-gate', title: 'abort at the failure threshold' },
  { name: 'stop-mirror', title: 'stop mirroring' },
  { name: 'route-canary', title: 'route live traffic to the canary' },
  { name: 'shift', title: 'grow the canary weight' },
  { name: 'upgrade-primary', title: 'upgrade the primary' },
  { name: 'primary-autoscaler', title: 'set primary HPA bounds' },
  { name: 'probe-primary', title: 'probe primary pods' },
  { name: 'switch-back', title: 'switch live traffic back' },
  { name: 'scale-down', title: 'scale the canary to zero' },
  { name: 'report', title: 'send the analysis result' },
] as const;

export type StepName = (typeof STEPS)[number]['name'];

export const STEP_NAMES = STEPS.map(({ name }) => name);

export type StepState = 'pending' | 'running' | 'done' | 'skipped' | 'failed';

/** One line of the checklist as people see it. */
export interface StepView {
  /** 1 to 19. */
  number: number;
  name: StepName;
  title: string;
  state: StepState;
  /** ISO 8601. */
  startedAt?: string;
  endedAt?: string;
  /** Evidence in a few words: "2/2 ready", "no HPA", "8/10 passed". */
  note?: string;
}

export function initialSteps(): StepView[] {
  return STEPS.map((step, index) => ({ number: index + 1, ...step, state: 'pending' }));
}

/** @returns 1 to 19 */
export function stepNumber(name: StepName): number {
  return STEPS.findIndex((step) => step.name === name) + 1;
}
