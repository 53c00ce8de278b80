/** Where VirtualServices lead, and through which others a delegate is reached. Pure. */
import type { KubeObject } from '../../kubernetes/client/client.ts';
import type { WalkedTarget, Walker } from '../paths/walker.ts';
import { readSides } from '../shared/weights.ts';
import type { HttpMatch, HttpRule, VirtualService } from './objects.ts';
import { VERSIONS } from './read.ts';
import { mirrorsOf } from './rule.ts';

export const istioWalker: Walker = {
  kinds: [{ kind: 'VirtualService', resource: 'virtualservices', versions: VERSIONS }],
  walk: (object: VirtualService, all) => {
    if (rootsOf(object, all)?.length === 0) return [];
    return (['http', 'tcp', 'tls'] as const).flatMap((list) => {
      const rules = object.spec?.[list] ?? [];
      const last = rules.findIndex(takesAll);
      const alive = last < 0 ? rules : rules.slice(0, last + 1);
      return alive.map((rule, index) => ({ list, index, name: rule.name, targets: targetsOf(rule) }));
    });
  },
};

/** Behind it no rule of its list gets a request. */
function takesAll({ match = [] }: HttpRule): boolean {
  return match.length === 0 || match.some((one) => Object.entries(one).every(isEverything));
}

function isEverything([field, value]: [string, unknown]): boolean {
  return field === 'name' || (field === 'uri' && (value as HttpMatch['uri'])?.prefix === '/');
}

function targetsOf(rule: HttpRule): WalkedTarget[] {
  const entries = rule.route ?? [];
  const live = entries.map((entry): WalkedTarget => {
    const { host = '', subset } = entry.destination ?? {};
    return {
      host,
      subset,
      weight: readSides(entries, 0, (one, side) => side === 'primary' && one === entry).primaryWeight,
    };
  });
  const copies = mirrorsOf(rule).map(
    ({ destination: { host = '', subset } = { host: '' }, percentage }): WalkedTarget => {
      return { host, subset, weight: percentage ? (percentage.value ?? 0) : 100, copies: true };
    },
  );
  return [...live, ...copies];
}

/** Those that hand users over to one without hosts of its own (a delegate); undefined: it has hosts. */
export function rootsOf({ metadata, spec }: VirtualService, all: KubeObject[]): VirtualService[] | undefined {
  if ((spec?.hosts ?? []).length > 0) return undefined;
  return (all as VirtualService[]).filter((root) =>
    (root.spec?.http ?? []).some(({ delegate }) => {
      const { name, namespace = root.metadata.namespace } = delegate ?? {};
      return name === metadata.name && namespace === metadata.namespace;
    }),
  );
}
