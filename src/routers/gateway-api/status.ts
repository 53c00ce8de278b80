/** What the implementation says about a route: `status.parents`. Pure. */
import { cleanSentence } from '../../kubernetes/client/errors.ts';
import type { Taken } from '../contract.ts';
import { worst } from '../shared/taken.ts';
import type { GatewayRoute, ParentRef, ParentStatus } from './objects.ts';

/** Must hold; a controller that keeps the second for itself writes none. */
const NEEDED = ['Accepted', 'ResolvedRefs'];
/** Says yes when some rules were left out. */
const PARTIAL = 'PartiallyInvalid';

/** Taken when every parent that the route names has accepted this generation with all its references. */
export function takenOf({ spec, status, metadata }: GatewayRoute): Taken {
  const home = metadata.namespace ?? '';
  const generation = metadata.generation ?? 0;
  const refs = spec?.parentRefs ?? [];
  if (refs.length === 0)
    return { kind: 'pending', sentence: 'it names no parent in spec.parentRefs, so nothing serves it' };
  const all = refs.flatMap((ref): Taken[] => {
    const own = (status?.parents ?? []).filter(({ parentRef }) => isSame(parentRef, ref, home));
    if (own.length === 0)
      return [{ kind: 'pending', sentence: `${describe(ref, home)} has not said anything about it yet` }];
    const said = own.map((parent) => ofParent(parent, generation, describe(ref, home)));
    // a controller that is gone leaves its entry, which stays as old as it is
    return said.some(({ kind }) => kind === 'taken') ? said.filter(({ kind }) => kind !== 'pending') : said;
  });
  return worst(all) ?? { kind: 'taken' };
}

/** A condition without a generation is about the current one: some controllers (Linkerd) write none. */
function ofParent({ conditions = [] }: ParentStatus, generation: number, name: string): Taken {
  const current = conditions.filter(({ observedGeneration }) => (observedGeneration || generation) >= generation);
  const bad = current.find(({ type, status }) =>
    type === PARTIAL ? status === 'True' : NEEDED.includes(type) && status === 'False',
  );
  if (bad) {
    const reason = cleanSentence(`${bad.reason ?? 'no reason'}: ${bad.message ?? ''}`);
    return { kind: 'refused', sentence: `${name} says ${bad.type} ${bad.status}, ${reason}` };
  }
  const needed = NEEDED.filter((type) => type === 'Accepted' || conditions.some((one) => one.type === type));
  const missing = needed.filter((type) => !current.some((one) => one.type === type && one.status === 'True'));
  if (missing.length === 0) return { kind: 'taken' };
  return { kind: 'pending', sentence: `${name} has not said ${missing.join(' and ')} of generation ${generation} yet` };
}

/** Controllers may leave out section and port, or write those of the listener that took the route. */
function isSame(a: ParentRef, b: ParentRef, home: string): boolean {
  const fits = (one: unknown, other: unknown) => one === undefined || other === undefined || one === other;
  return (
    groupOf(a) === groupOf(b) &&
    (a.kind ?? 'Gateway') === (b.kind ?? 'Gateway') &&
    a.name === b.name &&
    (a.namespace ?? home) === (b.namespace ?? home) &&
    fits(a.sectionName, b.sectionName) &&
    fits(a.port, b.port)
  );
}

/** The core group is written as nothing, and by some as its name. */
function groupOf({ group = 'gateway.networking.k8s.io' }: ParentRef): string {
  return group === 'core' ? '' : group;
}

function describe({ kind = 'Gateway', namespace, name, sectionName }: ParentRef, home: string): string {
  return `${kind} ${namespace ?? home}/${name}${sectionName ? ` (${sectionName})` : ''}`;
}
