/**
 * Objects that a plan or mirror of another namespace uses: only when they say so themselves, by an annotation that whoever may write
 * them sets. Pure.
 */

import type { Problem } from '../../contract/offer.ts';
import { globFits } from '../../plan/glob.ts';
import type { KubeObject, Ref } from '../client/client.ts';
import { annotation, claimOf } from './annotations.ts';
import { describeRef } from './refs.ts';

/** Plans and mirrors of other namespaces that may use the object: `demo/reviews, shop-a/*`. */
const GRANT = 'sluice.dev/grant';

type Named = Pick<Ref, 'kind' | 'namespace' | 'name'>;

interface Owner {
  namespace: string;
  name: string;
}

/** @returns what is in the way; empty: nothing */
export function grantProblems(ref: Named, object: KubeObject, to: Owner): Problem[] {
  if (ref.namespace === to.namespace) return [];
  const entries = (annotation(object, GRANT) ?? '').split(',').map((one) => one.trim().split('/'));
  const granted = entries.some(
    ([namespace = '', name = '', ...rest]) =>
      rest.length === 0 && globFits(namespace, to.namespace) && globFits(name, to.name),
  );
  return granted ? [] : [notGranted(ref, to)];
}

export function notGranted({ kind, namespace = '', name }: Named, to: Owner): Problem {
  return {
    where: describeRef({ kind, namespace, name }),
    problem: `is in another namespace than ${claimOf(to)}, and does not allow its use from there`,
    remedy: `whoever owns it allows it with: kubectl annotate ${kind.toLowerCase()} ${name} -n ${namespace} ${GRANT}=${claimOf(to)}`,
  };
}
