/** What a mirror's conditions make of the matches of a rule: narrower, impossible to meet, or not expressible. Pure. */
import { copiedMethods, type MirrorSpec } from '../../contract/mirror.ts';

export type Narrowed<M> =
  | { kind: 'matches'; matches: M[] }
  /** no request meets both */
  | { kind: 'never' }
  /** the route cannot say both at once, in words */
  | { kind: 'impossible'; why: string };

/** How a kind of route adds one condition to one match. */
export interface MirrorConditions<M> {
  withPath(match: M, prefix: string): Narrowed<M>;
  withHeader(match: M, name: string, value: string): Narrowed<M>;
  withMethods(match: M, methods: readonly string[]): Narrowed<M>;
}

/** @param matches the alternatives of a rule, of which at least one has to remain */
export function narrow<M>(matches: readonly M[], spec: MirrorSpec, add: MirrorConditions<M>): Narrowed<M> {
  const { pathPrefix, headers = {} } = spec.match ?? {};
  const methods = copiedMethods(spec);
  const steps: ((match: M) => Narrowed<M>)[] = [];
  if (pathPrefix !== undefined) steps.push((match) => add.withPath(match, pathPrefix));
  for (const [name, value] of Object.entries(headers)) steps.push((match) => add.withHeader(match, name, value));
  if (methods) steps.push((match) => add.withMethods(match, methods));
  return together(
    matches.map((match) =>
      steps.reduce<Narrowed<M>>(
        (left, step) => (left.kind === 'matches' ? together(left.matches.map(step)) : left),
        same(match),
      ),
    ),
  );
}

function together<M>(all: Narrowed<M>[]): Narrowed<M> {
  const matches = all.flatMap((one) => (one.kind === 'matches' ? one.matches : []));
  return all.find(({ kind }) => kind === 'impossible') ?? (matches.length > 0 ? { kind: 'matches', matches } : never);
}

export const same = <M>(match: M): Narrowed<M> => ({ kind: 'matches', matches: [match] });
export const never = { kind: 'never' } as const;
export const impossible = (why: string) => ({ kind: 'impossible', why }) as const;

/** What a rewrite replaces is the prefix that matched. */
export const REWRITTEN = impossible(
  'it rewrites the matched part of the path, which a longer prefix would change for users',
);
export const PATTERN = impossible('it matches paths by a pattern, which cannot be narrowed to a prefix');
