/** API tokens of people: 256 bits at random with a prefix that scanners find; only their SHA-256 is kept. */
import { createHash, randomBytes } from 'node:crypto';
import type { Right } from '../contract/action.ts';
import type { Person } from '../installation/index.ts';
import { allows, type RolloutTarget } from './rights.ts';

/** Somebody who was proven to this server. */
export interface Holder {
  person: Person;
  /** What both the person and the token are allowed. */
  may(right: Right, target: RolloutTarget): boolean;
}

export function newToken(): { token: string; sha256: string } {
  const token = `sluice_${randomBytes(32).toString('base64url')}`;
  return { token, sha256: tokenHash(token) };
}

/** @param now Unix time, ms  @returns undefined for a token that is not known, or not good any more */
export function holderOf(token: string, people: readonly Person[], now: number): Holder | undefined {
  return holderOfHash(tokenHash(token), people, now);
}

/** The same by the SHA-256 of a token that was shown before. */
export function holderOfHash(sha256: string, people: readonly Person[], now: number): Holder | undefined {
  for (const person of people) {
    const found = person.tokens.find((one) => one.sha256 === sha256);
    if (found) return Date.parse(found.expires) > now ? holder(person, found.may) : undefined;
  }
  return undefined;
}

/** @param scope default: whatever the person may */
export function holder(person: Person, scope?: Person['may']): Holder {
  const may: Holder['may'] = (right, target) =>
    allows(person.may, right, target) && (scope === undefined || allows(scope, right, target));
  return { person, may };
}

export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
