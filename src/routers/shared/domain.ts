/** The domain under which a mesh knows Services, `cluster.local` in `reviews.demo.svc.cluster.local`. */
import { readFileSync } from 'node:fs';
import type { KubeObject } from '../../kubernetes/client/client.ts';

/** As objects spell it, otherwise as the worker's own pod searches for Services, otherwise Kubernetes' default. */
export function domainOf(...objects: KubeObject[]): string {
  const [, ...after] = JSON.stringify(objects.map(({ spec }) => spec))
    .toLowerCase()
    .split('.svc.');
  const spelled = after.flatMap((text) => /^([a-z0-9.-]+)"/.exec(text)?.[1] ?? []);
  return spelled[0] ?? searched() ?? 'cluster.local';
}

/** Format: man 5 resolv.conf; the kubelet writes `search demo.svc.DOMAIN svc.DOMAIN DOMAIN`. */
function searched(): string | undefined {
  try {
    return /^search\s(?:.*\s)?svc\.(\S+)/m.exec(readFileSync('/etc/resolv.conf', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
