import type { LookInput, Side } from '../../src/contract/activities.ts';
import { GONE, type WorkloadSeen, type World } from '../../src/contract/world.ts';
import { type Cluster, unpinned } from './cluster.ts';

/** What a rollout sees when it looks at the model. */
export function worldSeen(cluster: Cluster, { revision, previous }: LookInput): World {
  const workload = (side: Side): WorkloadSeen => {
    if (cluster.gone.has(side)) return GONE;
    const { image, replicas, ready, updated } = cluster[side];
    const runs = unpinned(image);
    const template = runs === revision.image ? 'new' : runs === previous.image ? 'previous' : 'foreign';
    const mixed = ready > updated;
    return { uid: side, template, mixed, wanted: replicas, ready, updated, fence: cluster.fences.get(side) };
  };
  const route = { name: 'route', status: 'unknown' as const, fence: cluster.fences.get('route') };
  const routes = cluster.gone.has('route')
    ? [{ ...route, gone: true as const }]
    : [{ ...route, intent: cluster.route }];
  return { routes, primary: workload('primary'), canary: workload('canary') };
}
