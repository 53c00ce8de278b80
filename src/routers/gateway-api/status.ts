/** What the implementation says about a route: `status.parents`. Pure. */
import { cleanSentence } from '../../kubernetes/client/errors.ts';
import type { Taken } from '../contract.ts';
import { worst } from '../shared/taken.ts';
import type { GatewayRoute, ParentRef, ParentStatus } from './objects.ts';

/** Conditions that must hold; all of them are part of the Gateway API's core. */
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
    return own.map((parent) => ofParent(parent, generation, describe(ref, home)));
  });
  return worst(all) ?? { kind: 'taken' };
}

function ofParent({ conditions = [] }: ParentStatus, generation: number, name: string): Taken {
  const current = conditions.filter(({ observedGeneration = 0 }) => observedGeneration >= generation);
  const bad = current.find(({ type, status }) =>
    type === PARTIAL ? status === 'True' : NEEDED.includes(type) && status === 'False',
  );
  if (bad) {
    const reason = cleanSentence(`${bad.reason ?? 'no reason'}: ${bad.message ?? ''}`);
    return { kind: 'refused', sentence: `${name} says ${bad.type} ${bad.status}, ${reason}` };
  }
  const missing = NEEDED.filter((type) => !current.some((one) => one.type === type && one.status === 'True'));
  if (missing.length === 0) return { kind: 'taken' };
  return { kind: 'pending', sentence: `${name} has not said ${missing.join(' and ')} of generation ${generation} yet` };
}

function isSame(a: ParentRef, b: ParentRef, home: string): boolean {
  return (
    (a.group ?? 'gateway.networking.k8s.io') === (b.group ?? 'gateway.networking.k8s.io') &&
    (a.kind ?? 'Gateway') === (b.kind ?? 'Gateway') &&
    a.name === b.name &&
    (a.namespace ?? home) === (b.namespace ?? home) &&
    a.sectionName === b.sectionName &&
    a.port === b.port
  );
}

function describe({ kind = 'Gateway', namespace, name, sectionName }: ParentRef, home: string): string {
  return `${kind} ${namespace ?? home}/${name}${sectionName ? ` (${sectionName})` : ''}`;
}
