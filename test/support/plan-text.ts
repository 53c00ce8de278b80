import { readFileSync } from 'node:fs';
import type { Plan } from '../../src/contract/plan.ts';
import { loadPlanText, type PlanProblem } from '../../src/plan/index.ts';

/** The plan that is shipped as an example. */
export const EXAMPLE = readFileSync(new URL('../../examples/reviews/plan.yaml', import.meta.url), 'utf8');

/** The example with one or more places changed; a place that is not there is a mistake of the test. */
export function changed(...edits: [from: string, to: string][]): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`not in the example: ${from}`);
    return text.replace(from, to);
  }, EXAMPLE);
}

export function planOf(text: string): Plan {
  const result = loadPlanText(text, 'reviews.yaml');
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.plan;
}

export function problemsOf(text: string): PlanProblem[] {
  const result = loadPlanText(text, 'reviews.yaml');
  return 'problems' in result ? result.problems : [];
}
