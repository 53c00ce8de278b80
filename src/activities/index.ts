/**
 * What the workflow asks the world for, one file per verb of the checklist. Activities know cluster, routers, metrics and notify;
 * only `make-offer` and `rollouts` use the Temporal client. Safe to repeat: each may run again after its effect.
 */
import type { Client } from '@temporalio/client';
import type { ClusterActivities, ControlActivities, WaitActivities } from '../contract/activities.ts';
import type { MirrorClusterActivities, MirrorWaitActivities } from '../contract/mirror-activities.ts';
import type { ReconcileClusterActivities, ReconcileControlActivities } from '../contract/reconcile.ts';
import type { KubeClient } from '../kubernetes/index.ts';
import { Prometheus, type PrometheusClient } from '../metrics/index.ts';
import { createEmailTransport } from '../notify/index.ts';
import { inspectRoutes, routeRefs } from '../routers/index.ts';
import { createAskWindow } from './ask-window.ts';
import { createAwaitReady } from './await-ready.ts';
import { createBoundAutoscaler } from './bound-autoscaler.ts';
import { createCheckInterval } from './check-interval.ts';
import { createCreateDestinations, createRemoveDestinations } from './destinations.ts';
import { createDetect } from './detect.ts';
import { createMakeOffer } from './make-offer.ts';
import { createMeasureMirror } from './mirror/measure-mirror.ts';
import { createWatchMirror } from './mirror/watch-mirror.ts';
import { createInspectMirror, createWriteMirror } from './mirror/write-mirror.ts';
import { createNotify } from './notify.ts';
import { createObserveAway } from './observe-away.ts';
import { createRaiseFence } from './raise-fence.ts';
import { createFindLeftovers } from './reconcile/find-leftovers.ts';
import { createRolloutNamespaces, createWithoutWorkflow } from './reconcile/rollouts.ts';
import { createRestorePrimary } from './restore-primary.ts';
import { createRoute } from './route.ts';
import { createRunAcceptance } from './run-acceptance.ts';
import { createRunLoad } from './run-load.ts';
import { createScaleCanary } from './scale-canary.ts';
import { createScaleCanaryToZero } from './scale-canary-to-zero.ts';
import { createUpgradePrimary } from './upgrade-primary.ts';
import { createVerifyActor } from './verify-actor.ts';
import { createWatchRoutes } from './watch-routes.ts';

/** Queue `sluice.<cluster>`. */
export function clusterActivities(
  client: KubeClient,
): ClusterActivities & MirrorClusterActivities & ReconcileClusterActivities {
  return {
    findLeftovers: createFindLeftovers({ client }),
    detect: createDetect({ client, inspectRoutes, prometheus: pooledPrometheus() }),
    scaleCanary: createScaleCanary({ client }),
    boundAutoscaler: createBoundAutoscaler({ client }),
    route: createRoute({ client }),
    upgradePrimary: createUpgradePrimary({ client }),
    restorePrimary: createRestorePrimary({ client }),
    raiseFence: createRaiseFence({ client, routeRefs }),
    scaleCanaryToZero: createScaleCanaryToZero({ client }),
    createDestinations: createCreateDestinations({ client }),
    removeDestinations: createRemoveDestinations({ client }),
    inspectMirror: createInspectMirror({ client }),
    writeMirror: createWriteMirror({ client }),
  };
}

/** Queue `sluice.<cluster>.wait`. */
export function waitActivities(client: KubeClient): WaitActivities & MirrorWaitActivities {
  const prometheus = pooledPrometheus();
  return {
    awaitReady: createAwaitReady({ client }),
    runAcceptance: createRunAcceptance({ client }),
    runLoad: createRunLoad({ client }),
    checkInterval: createCheckInterval({ client, prometheus }),
    observeAway: createObserveAway({ prometheus }),
    watchRoutes: createWatchRoutes({ client }),
    watchMirror: createWatchMirror({ client, prometheus }),
    measureMirror: createMeasureMirror({ prometheus }),
  };
}

export interface ControlDeps {
  temporal: Client;
  smtpUrl?: string;
  mailFrom?: string;
  actorKey?: string;
}

/** Queue `sluice`. */
export function controlActivities({
  temporal,
  smtpUrl,
  mailFrom,
  actorKey,
}: ControlDeps): ControlActivities & ReconcileControlActivities {
  return {
    rolloutNamespaces: createRolloutNamespaces({ client: temporal }),
    withoutWorkflow: createWithoutWorkflow({ client: temporal }),
    makeOffer: createMakeOffer({ client: temporal }),
    verifyActor: createVerifyActor({ key: actorKey }),
    askWindow: createAskWindow(),
    notify: createNotify({ transport: smtpUrl ? createEmailTransport(smtpUrl) : undefined, from: mailFrom }),
  };
}

/** One client with its connections per Prometheus. */
function pooledPrometheus(): (baseUrl: string) => PrometheusClient {
  const clients = new Map<string, PrometheusClient>();
  return (baseUrl) => {
    const client = clients.get(baseUrl) ?? new Prometheus(baseUrl);
    clients.set(baseUrl, client);
    return client;
  };
}
