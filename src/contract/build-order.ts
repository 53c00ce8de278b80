/** Which of two builds is the older one, as far as their senders said. Pure. */
import type { DeployEvent } from './offer.ts';

/** Semantic Versioning 2.0.0, section 2 and 9; build metadata does not count. */
export const SEMANTIC_VERSION =
  /^v?(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

/**
 * Versions decide when both builds have one and they differ, otherwise the times do.
 * @returns why `event` is the older one: "version 1.4.0 is older than 1.5.0"; undefined when it is not, or nobody said
 */
export function olderThan(event: DeployEvent, other: DeployEvent): string | undefined {
  const order = compareVersions(event.version, other.version);
  if (order) return order < 0 ? `version ${event.version} is older than ${other.version}` : undefined;
  const [built, otherBuilt] = [Date.parse(event.builtAt ?? ''), Date.parse(other.builtAt ?? '')];
  if (!(built < otherBuilt)) return undefined;
  return `built at ${event.builtAt}, before ${other.builtAt}`;
}

/** Precedence by section 11. @returns undefined when one of them is no semantic version */
export function compareVersions(a: string | undefined, b: string | undefined): number | undefined {
  const [left, right] = [SEMANTIC_VERSION.exec(a ?? ''), SEMANTIC_VERSION.exec(b ?? '')];
  if (!left || !right) return undefined;
  for (const index of [1, 2, 3]) {
    const order = Number(left[index]) - Number(right[index]);
    if (order !== 0) return order;
  }
  return comparePrereleases(left[4], right[4]);
}

/** Without one is the newer; a longer one is, when what is before is equal. */
function comparePrereleases(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const [left, right] = [a.split('.'), b.split('.')];
  for (const [index, part] of left.entries()) {
    const order = right[index] === undefined ? 1 : compareParts(part, right[index]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Numbers by value and below words; words in ASCII order. */
function compareParts(a: string, b: string): number {
  const [left, right] = [numeric(a), numeric(b)];
  if (left !== undefined && right !== undefined) return left - right;
  if (left !== undefined || right !== undefined) return left !== undefined ? -1 : 1;
  return a < b ? -1 : Number(a > b);
}

function numeric(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
