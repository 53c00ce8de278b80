import type { KubeObject } from '../../kubernetes/client/client.ts';

// Without a fieldManager of its own, a write is filed under the name in its User-Agent.
const OURS = 'sluice';

/** `; last changed by kubectl-edit at 2026-01-02T03:04:05Z`, from managedFields; empty when nobody else is named. */
export function lastChangedBy(object: KubeObject): string {
  const others = (object.metadata.managedFields ?? [])
    .filter(({ manager, fieldsV1 }) => manager !== OURS && fieldsV1?.['f:spec'] !== undefined)
    .sort((a, b) => (a.time ?? '').localeCompare(b.time ?? ''));
  const last = others.at(-1);
  return last ? `; last changed by ${last.manager ?? 'somebody'} at ${last.time ?? 'an unknown time'}` : '';
}
