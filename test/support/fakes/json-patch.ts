import type { PatchOperation } from '../../../src/kubernetes/client/client.ts';

/** JSON Patch as an API server applies it; throws where it would refuse. */
export function applyPatch<T>(document: T, operations: PatchOperation[]): T {
  const copy = structuredClone(document);
  for (const operation of operations) applyOne(copy as Record<string, unknown>, operation);
  return copy;
}

function applyOne(document: Record<string, unknown>, operation: PatchOperation): void {
  const segments = operation.path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = segments.pop() ?? '';
  let parent: unknown = document;
  for (const segment of segments) parent = (parent as Record<string, unknown>)[segment];
  if (typeof parent !== 'object' || parent === null) throw new Error(`no parent for ${operation.path}`);
  const target = parent as Record<string, unknown>;
  if (operation.op === 'add') {
    insert(target, last, operation.value);
    return;
  }
  if (!(last in target)) throw new Error(`${operation.op} of ${operation.path}: not there`);
  if (operation.op === 'remove') {
    if (Array.isArray(target)) target.splice(Number(last), 1);
    else delete target[last];
  } else if (operation.op === 'replace') target[last] = operation.value;
  else if (JSON.stringify(target[last]) !== JSON.stringify(operation.value))
    throw new Error(`test of ${operation.path}`);
}

function insert(target: Record<string, unknown>, last: string, value: unknown): void {
  if (!Array.isArray(target)) target[last] = value;
  else if (last === '-') target.push(value);
  else target.splice(Number(last), 0, value);
}
