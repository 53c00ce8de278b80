import { expect, it } from 'vitest';
import { allows } from '../../../src/authority/rights.ts';
import type { Right } from '../../../src/contract/action.ts';
import { VERBS } from '../../../src/contract/action.ts';
import type { Grant } from '../../../src/installation/index.ts';

const RIGHTS: Right[] = ['view', ...VERBS];
const PLANS = ['demo/shop', 'demo/shop2', 'demo2/shop', 'my-demo/shop', 'prod/cart', 'shop/demo'];
const CLUSTERS = ['local', 'eu-1', 'eu'];

const PEOPLE: Record<string, Grant[]> = {
  nobody: [],
  viewer: [{ verbs: ['view'], plans: ['*/*'], clusters: ['*'] }],
  operator: [{ verbs: ['view', 'pause', 'resume', 'abort'], plans: ['demo/*'], clusters: ['local'] }],
  approver: [{ verbs: ['approve', 'reject'], plans: ['*/shop'], clusters: ['eu-*', 'local'] }],
  owner: [{ verbs: ['*'], plans: ['demo/shop'], clusters: ['*'] }],
  team: [{ verbs: ['*'], plans: ['demo*/sh*'], clusters: ['eu*'] }],
  two: [
    { verbs: ['view'], plans: ['prod/*'], clusters: ['*'] },
    { verbs: ['abort'], plans: ['demo/*'], clusters: ['eu'] },
  ],
  admin: [{ verbs: ['*'], plans: ['*/*'], clusters: ['*'] }],
};

/** The same by other means: every pattern as an expression over the whole of what is asked. */
function secondReader(grants: Grant[], asked: string): boolean {
  const quoted = (text: string) => text.replace(/[.\\+?^${}()|[\]]/g, '\\$&').replace('*', '[^ /]*');
  return grants
    .flatMap(({ verbs, plans, clusters }) =>
      verbs.flatMap((verb) =>
        plans.flatMap((plan) =>
          clusters.map((cluster) => {
            const [namespace = '', name = ''] = plan.split('/');
            return new RegExp(`^${quoted(verb)} ${quoted(namespace)}/${quoted(name)} ${quoted(cluster)}$`);
          }),
        ),
      ),
    )
    .some((pattern) => pattern.test(asked));
}

it('are what a second reader of the same words finds, for everybody, everything and everywhere', () => {
  let allowed = 0;
  for (const [who, grants] of Object.entries(PEOPLE))
    for (const right of RIGHTS)
      for (const place of PLANS)
        for (const cluster of CLUSTERS) {
          const [namespace = '', plan = ''] = place.split('/');
          const may = allows(grants, right, { cluster, namespace, plan });
          expect(may, `${who} ${right} ${place} ${cluster}`).toBe(secondReader(grants, `${right} ${place} ${cluster}`));
          allowed += Number(may);
        }
  const all = RIGHTS.length * PLANS.length * CLUSTERS.length;
  expect([allowed > all, allowed < (Object.keys(PEOPLE).length - 1) * all]).toEqual([true, true]);
});
