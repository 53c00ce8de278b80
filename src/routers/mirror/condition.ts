/** What a mirror's conditions make of one match of a rule: narrower, impossible to meet, or not expressible. Pure. */

export type Narrowed<M> =
  | { kind: 'matches'; matches: M[] }
  /** no request meets both */
  | { kind: 'never' }
  /** the route cannot say both at once, in words */
  | { kind: 'impossible'; why: string };

export type Step<M> = (match: M) => Narrowed<M>;

/** Each step on what the one before left. */
function inTurn<M>(match: M, steps: readonly Step<M>[]): Narrowed<M> {
  let matches = [match];
  for (const step of steps) {
    const results = matches.map(step);
    const impossible = results.find(({ kind }) => kind === 'impossible');
    if (impossible) return impossible;
    matches = results.flatMap((one) => (one.kind === 'matches' ? one.matches : []));
    if (matches.length === 0) return { kind: 'never' };
  }
  return { kind: 'matches', matches };
}

/** The alternatives of a rule, of which at least one has to remain. */
export function anyOfThem<M>(matches: readonly M[], steps: readonly Step<M>[]): Narrowed<M> {
  const results = matches.map((match) => inTurn(match, steps));
  const impossible = results.find(({ kind }) => kind === 'impossible');
  if (impossible) return impossible;
  const left = results.flatMap((one) => (one.kind === 'matches' ? one.matches : []));
  return left.length > 0 ? { kind: 'matches', matches: left } : { kind: 'never' };
}

export const same = <M>(match: M): Narrowed<M> => ({ kind: 'matches', matches: [match] });
export const never = { kind: 'never' } as const;
export const impossible = (why: string) => ({ kind: 'impossible', why }) as const;
