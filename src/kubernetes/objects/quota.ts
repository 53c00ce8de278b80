/** Whether a namespace's quotas leave room for the canary's pods. Pure. */
import type { KubeObject } from '../client/client.ts';
import type { PodTemplate } from './pod-template.ts';

export interface ResourceQuota extends KubeObject {
  spec?: { scopes?: string[]; scopeSelector?: object };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

interface Sized {
  restartPolicy?: string;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
}

const UNITS = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** A number in the API server's notation: `500m`, `1.5Gi`, `1e3`; NaN: none. */
function quantity(text: string): number {
  const [, number, unit = ''] = /^([+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  const [power, binary] = [UNITS.indexOf(unit) - 3, BINARY.indexOf(unit)];
  if (number === undefined || (power < -3 && binary < 0)) return Number.NaN;
  return Number(number) * (binary > 0 ? 1024 ** binary : 1000 ** power);
}

/** One sentence for each quota that has room for fewer pods than are `needed`. */
export function quotaWarnings(quotas: ResourceQuota[], template: PodTemplate, needed: number): string[] {
  // what a quota with scopes counts depends on more than the template says
  const plain = quotas.filter(({ spec }) => !spec?.scopes?.length && !spec?.scopeSelector);
  return plain.flatMap(({ metadata, status }) =>
    Object.entries(status?.hard ?? {}).flatMap(([resource, hard]) => {
      const each = perPod(template, resource);
      const used = status?.used?.[resource] ?? '0';
      const room = Math.floor((quantity(hard) - quantity(used)) / each + 1e-9);
      if (!(each > 0 && room < needed)) return [];
      return [
        `ResourceQuota ${metadata.name} has room for ${Math.max(0, room)} more pods (${resource}: ${used} of ${hard} used), and the canary needs ${needed} for all users`,
      ];
    }),
  );
}

/** What one pod takes of a quota's resource; 0: nothing, or not known. */
function perPod({ spec }: PodTemplate, resource: string): number {
  if (resource === 'pods' || resource === 'count/pods') return 1;
  const [kind, name] = resource.startsWith('limits.')
    ? ['limits' as const, resource.slice(7)]
    : ['requests' as const, resource.replace(/^requests\./, '')];
  if (name !== 'cpu' && name !== 'memory') return 0;
  const of = ({ resources }: Sized) => quantity(resources?.[kind]?.[name] ?? '0');
  const total = (all: Sized[]) => all.reduce((sum, one) => sum + of(one), 0);
  const { containers, initContainers = [] } = spec as unknown as { containers: Sized[]; initContainers?: Sized[] };
  const sidecars = total(initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'));
  return Math.max(total(containers) + sidecars, ...initContainers.map(of));
}
