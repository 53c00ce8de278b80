/** Names of the rules that a plan makes beside those that it manages, for session affinity or for users who match. Pure. */

type Purpose = 'affinity' | 'match';

interface NamedRule {
  name?: string;
}

/** A rule that some plan made; no plan manages it as a rule of its own. */
export function isMade({ name = '' }: NamedRule): boolean {
  return /^sluice-(?:affinity|match)-/.test(name);
}

/** A rule that this plan made, in whatever rollout. */
export function isMadeFor(purpose: Purpose, { name = '' }: NamedRule, plan: string): boolean {
  const own = ownName(purpose, plan, 0, 1);
  return name === own || (name.startsWith(`${own}-`) && /^\d+$/.test(name.slice(own.length + 1)));
}

/** `sluice-affinity-<plan>`; with several managed rules `sluice-affinity-<plan>-<n>`, n from 1. */
export function ownName(purpose: Purpose, plan: string, position: number, count: number): string {
  const name = `sluice-${purpose}-${plan}`;
  return count > 1 ? `${name}-${position + 1}` : name;
}
