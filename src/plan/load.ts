import type { z } from 'zod';
import type { Plan } from '../contract/plan.ts';
import { issueProblems } from './issues.ts';
import { byPlace, formatPath, type PlanProblem } from './problem.ts';
import { resolvePlan } from './resolve.ts';
import { planDocument } from './schema/plan.ts';
import { MAX_PROBLEMS, readSource } from './source.ts';

export type PlanResult = { plan: Plan } | { problems: PlanProblem[]; claims: PlanClaims };

/** What a broken plan says of itself, so that an event meant for it can be answered with its problems. */
export interface PlanClaims {
  name?: string;
  namespace?: string;
  images: string[];
}

/** What else a plan must meet where it is to run. @returns what it does not, and at which place of the document */
export type PlanRule = (plan: Plan) => { path: (string | number)[]; message: string; remedy: string } | undefined;

/**
 * Reads one plan.
 * @param file name shown in problems
 * @returns the plan, or every problem in the order of lines
 */
export function loadPlanText(text: string, file: string, rule?: PlanRule): PlanResult {
  const source = readSource(text);
  if ('problems' in source) return { problems: inOrder(source.problems, file), claims: claimsOf(source.value) };
  const parsed = planDocument.safeParse(source.value);
  if (!parsed.success)
    return { problems: inOrder(issueProblems(parsed.error.issues, source), file), claims: claimsOf(source.value) };
  const plan = resolvePlan(parsed.data);
  const broken = rule?.(plan);
  if (!broken) return { plan };
  const { path, ...words } = broken;
  const problem = { ...source.placeOf(path), path: formatPath(path), ...words };
  return { problems: inOrder([problem], file), claims: claimsOf(source.value) };
}

/** Reads another file that is written like a plan. @returns its value, or every problem in the order of lines */
export function loadSections<Value>(
  schema: z.ZodType<Value>,
  text: string,
  file: string,
): { value: Value } | { problems: PlanProblem[] } {
  const source = readSource(text);
  if ('problems' in source) return { problems: inOrder(source.problems, file) };
  const parsed = schema.safeParse(source.value);
  if (parsed.success) return { value: parsed.data };
  return { problems: inOrder(issueProblems(parsed.error.issues, source), file) };
}

/** Without the repetitions that arise when one value breaks two limits. */
function inOrder(problems: Omit<PlanProblem, 'file'>[], file: string): PlanProblem[] {
  const unique = new Map(
    problems.map((problem) => [
      `${problem.line}:${problem.column} ${problem.path} ${problem.message}`,
      { file, ...problem },
    ]),
  );
  return [...unique.values()].sort(byPlace).slice(0, MAX_PROBLEMS);
}

function claimsOf(value: unknown): PlanClaims {
  if (value === undefined) return { images: [] };
  const metadata = child(value, 'metadata');
  const events = child(child(value, 'spec'), 'events');
  const images = Array.isArray(events) ? events.map((event) => child(event, 'image')) : [];
  return {
    name: asText(child(metadata, 'name')),
    namespace: asText(child(metadata, 'namespace') ?? 'default'),
    images: images.filter((image) => typeof image === 'string'),
  };
}

function child(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
