/** Which page an address is of. */
export interface Place {
  cluster: string;
  namespace: string;
  plan: string;
}

export type Page = { kind: 'list' } | { kind: 'rollout' | 'history'; place: Place } | { kind: 'actions'; place: Place };

/** @returns undefined: of none */
export function pageAt(path: string): Page | undefined {
  if (path === '/') return { kind: 'list' };
  const [, first, cluster, namespace, plan, last, ...more] = path.split('/').map(decoded);
  if (first !== 'rollouts' || !cluster || !namespace || !plan || more.length > 0) return undefined;
  const place = { cluster, namespace, plan };
  if (last === undefined) return { kind: 'rollout', place };
  if (last === 'history') return { kind: last, place };
  return last === 'actions' ? { kind: last, place } : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
