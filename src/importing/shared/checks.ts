import type { Field } from './field.ts';
import type { LooseTree } from './tree.ts';

/** What the checks of a plan are made from. */
export interface Checks {
  checks: LooseTree[];
  /** Addresses of Prometheus that the source names, each with its field. */
  addresses: { address: string; at: Field }[];
}

/** Names of checks and tests are DNS labels. */
export function slug(name: string): string {
  const plain = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63);
  return plain.replace(/^-|-$/g, '') || 'check';
}

/** One name twice would be refused. */
export function distinct<Named extends { name?: unknown }>(entries: readonly Named[]): Named[] {
  const seen = new Map<unknown, number>();
  return entries.map((entry) => {
    const count = (seen.get(entry.name) ?? 0) + 1;
    seen.set(entry.name, count);
    return count === 1 ? entry : { ...entry, name: `${entry.name}-${count}` };
  });
}

/** `analysis` of a plan; without a check signals of the pods are what is left. */
export function analysisOf({ checks, addresses }: Checks, at: Field, failureThreshold: number | undefined): LooseTree {
  if (checks.length === 0)
    at.remark('no check is left: the plan looks at signals of the pods (podHealth), which see no requests');
  const [first] = addresses;
  for (const other of addresses)
    if (other.address === first?.address) other.at.keep('analysis.prometheus');
    else other.at.change(`a plan asks one Prometheus: ${first?.address}`);
  return {
    prometheus: checks.length > 0 ? first?.address : undefined,
    checks: checks.length > 0 ? distinct(checks) : [{ name: 'pods', builtin: 'podHealth' }],
    failureThreshold,
  };
}
