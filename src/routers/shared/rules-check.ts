/** What forbids a rollout on the rules of one route, in words (order rule 10); the same for every family. Pure. */
import type { Problem } from '../../contract/offer.ts';
import type { RouteRef } from '../../contract/plan.ts';
import { describeRef } from '../../kubernetes/objects/refs.ts';
import type { ManagedRoute } from '../contract.ts';
import { type PlanRules, percent, placeOf, type ReadRule, rulesOf } from './rules.ts';

/** How a family speaks of its rules, and what else it checks. */
export interface RuleChecks<R> {
  /** `http rule` */
  called: string;
  describePrimary(managed: ManagedRoute): string;
  /** What a rule routes to, one by one. */
  targetsOf(rule: R, route: RouteRef): string[];
  /** More to say where no rule routes to the primary. */
  hint?(managed: ManagedRoute, rules: R[]): string;
  /** For a side that is listed twice. */
  twice: Pick<Problem, 'problem' | 'remedy'>;
  /** Said of weights that need not be written out. */
  omitted?: string;
  /** Further problems of one managed rule. */
  more(one: ReadRule<R>, where: string, managed: ManagedRoute): Problem[];
}

/** Problems of one route: missing rules, weights and mirrors of others, what its kind of rule cannot do. */
export function ruleProblems<R extends { name?: string }, P>(
  rules: PlanRules<R, P>,
  checks: RuleChecks<R>,
  managed: ManagedRoute,
): Problem[] {
  const { object, plan, route } = managed;
  const where = describeRef(route);
  const { lists, targets } = rules.family;
  const named = rulesOf<R>(object, lists[0]).filter((rule) => !rules.isOurs(rule, plan));
  const missing = missingRules(where, checks.called, named, route.rules, MISSING_REMEDY);
  const candidates = rules.candidates(managed);
  const own = candidates.filter(({ reading }) => reading.primary !== undefined);
  const stray = candidates.filter(({ reading }) => route.rules && reading.primary === undefined);
  if (own.length === 0) return missing.length > 0 ? missing : [noRule(where, candidates, checks, managed)];
  return [
    ...missing,
    ...stray.map((one) => strayRule(`${where} ${placeOf(one)}`, one, checks.describePrimary(managed))),
    ...own.flatMap((one) => {
      const place = `${where} ${placeOf(one)}`;
      const adopted = plan.workload.adoptRunning;
      return [...readingProblems(place, one, checks, targets, adopted), ...checks.more(one, place, managed)];
    }),
  ];
}

const MISSING_REMEDY = 'correct the name in spec.traffic.routes[].rules, or leave `rules` out';

/** Rules that somebody names, and that are not there. */
export function missingRules(
  where: string,
  called: string,
  rules: { name?: string }[],
  wanted: string[] = [],
  remedy: string,
): Problem[] {
  const names = rules.flatMap(({ name }) => name ?? []);
  const known = names.length > 0 ? `there are ${names.join(', ')}` : 'none has a name';
  return wanted
    .filter((name) => !names.includes(name))
    .map((name) => ({ where, problem: `no ${called} is named "${name}"; ${known}`, remedy }));
}

function noRule<R>(where: string, candidates: ReadRule<R>[], checks: RuleChecks<R>, managed: ManagedRoute): Problem {
  const targets = [...new Set(candidates.flatMap(({ rule }) => checks.targetsOf(rule, managed.route)))];
  const list = targets.join(targets.some((one) => one.includes(',')) ? '; ' : ', ') || 'nothing';
  const rules = candidates.map(({ rule }) => rule);
  return {
    where,
    problem: `no rule routes to the primary (${checks.describePrimary(managed)}); they route to ${list}`,
    remedy: `route a rule to the primary, or correct spec.traffic.primary${checks.hint?.(managed, rules) ?? ''}`,
  };
}

function strayRule(where: string, { rule }: ReadRule<{ name?: string }>, primary: string): Problem {
  return {
    where,
    problem: `"${rule.name}" does not route to the primary (${primary})`,
    remedy: 'route it to the primary, or take its name out of spec.traffic.routes[].rules',
  };
}

function readingProblems<R>(
  where: string,
  { reading }: ReadRule<R>,
  { twice, omitted = '' }: RuleChecks<R>,
  targets: string,
  adopted: boolean,
): Problem[] {
  const { ambiguous, primaryWeight, canaryWeight, otherWeight } = reading;
  const problems: Problem[] = [];
  const say = (problem: string, remedy: string) => problems.push({ where, problem, remedy });
  const ours = primaryWeight + canaryWeight;
  if (ambiguous) say(twice.problem, twice.remedy);
  if (ours === 0) say('gives no weight to the primary', `give it one${omitted}`);
  // parts of so small a number are no percents, and what others have is not ours to write anew
  if (otherWeight > 0 && ours > 0 && ours + otherWeight < 100) {
    const [own, others] = [ours, otherWeight].map((one) => Math.round((100 * one) / (ours + otherWeight)));
    const problem = `shares ${ours} with the ${otherWeight} of other ${targets}, which cannot be split by percent`;
    say(problem, `write the same shares as percent, ${own} and ${others}`);
  }
  if (canaryWeight > 0 && !adopted) {
    say(
      `already routes ${percent((100 * canaryWeight) / (ours + otherWeight))} of the users to the canary${omitted}`,
      "give the canary's weight to the primary, or set spec.workload.adoptRunning: true",
    );
  }
  return problems;
}
