/**
 * What the workflow asks the world for, one file per activity, named as in Temporal's UI. Activities know cluster, routers, metrics and
 * notify; only `make-offer`, `hand-over-news` and those of `reconcile` that ask for workflows use the Temporal client. Safe to repeat: each may run again
 * after its effect. Here, and nowhere else, they are bound to what they work with.
 */
import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { ClusterActivities, ControlActivities, WaitActivities } from '../contract/activities.ts';
import type { InCluster } from '../contract/detected.ts';
import { rolloutWorkflowId, WORKFLOW_QUEUE } from '../contract/ids.ts';
import { viewQuery } from '../contract/messages.ts';
import type { MirrorClusterActivities, MirrorWaitActivities } from '../contract/mirror-activities.ts';
import type { ReconcileClusterActivities, ReconcileControlActivities } from '../contract/reconcile.ts';
import { REQUEST_MS } from '../contract/time-limits.ts';
import { type InstallationFile, noFile, webSources } from '../installation/index.ts';
import { type ClusterConnection, clusterUid, type KubeClient } from '../kubernetes/index.ts';
import type { RevisionKey } from '../kubernetes/objects/config.ts';
import { PodPages } from '../metrics/pods/pod-pages.ts';
import type { OpenMetrics } from '../metrics/prometheus.ts';
import { createEmailTransport } from '../notify/email.ts';
import { inspectRoutes, seenByEndpoints } from '../routers/index.ts';
import { inspectMirror, writeMirror } from '../routers/mirror/index.ts';
import { takeSnapshot } from '../steering/index.ts';
import { askWindow } from './ask-window.ts';
import { awaitChange, type InsistentWrites } from './await-change.ts';
import { awaitReady } from './await-ready.ts';
import { boundAutoscaler } from './bound-autoscaler.ts';
import { checkInterval } from './check-interval.ts';
import { createCanary } from './create-canary.ts';
import { createDestinations } from './create-destinations.ts';
import { detect } from './detect.ts';
import { handOverNews } from './hand-over-news.ts';
import { look } from './look.ts';
import { makeOffer } from './make-offer.ts';
import { measureMirror } from './mirror/measure-mirror.ts';
import { whenOrdered } from './mirror/verify-mirror.ts';
import { watchMirror } from './mirror/watch-mirror.ts';
import { notify } from './notify.ts';
import { observeAway } from './observe-away.ts';
import { raiseFence } from './raise-fence.ts';
import { findLeftovers } from './reconcile/find-leftovers.ts';
import { rolloutNamespaces } from './reconcile/rollout-namespaces.ts';
import { unservedClusters } from './reconcile/unserved-clusters.ts';
import { withoutWorkflow } from './reconcile/without-workflow.ts';
import { removeDestinations } from './remove-destinations.ts';
import { restorePrimary } from './restore-primary.ts';
import { route } from './route.ts';
import { runAcceptance } from './run-acceptance.ts';
import { runLoad } from './run-load.ts';
import { scaleCanary } from './scale-canary.ts';
import { scaleCanaryToZero } from './scale-canary-to-zero.ts';
import { type ShowStatusDeps, showStatus } from './show-status.ts';
import { type ActivityRun, activity, beating } from './support/activity.ts';
import { assertCluster } from './support/assert-cluster.ts';
import type { LoadTurns } from './support/load-turns.ts';
import { observeEndpoints } from './support/observe-endpoints.ts';
import { type TellSlackDeps, tellSlack } from './tell-slack.ts';
import { tellWebhook } from './tell-webhook.ts';
import { upgradePrimary } from './upgrade-primary.ts';
import { verifyActor } from './verify-actor.ts';
import { type OfferKnowledge, verifyOffer, whenProven } from './verify-offer.ts';

const info = () => Context.current().info;
const awaitWorker = async () => {};

/** An activity over the cluster: every request that it makes ends with it, and none is made of another cluster (order rule 14). */
function over(connection: ClusterConnection) {
  return <I extends object, O>(work: (client: KubeClient, input: I, run: ActivityRun, uid: string) => Promise<O>) =>
    activity<I, O>(async (input, run) => {
      const client = connection.until(run.signal);
      const uid = await clusterUid(client);
      assertCluster(uid, input as Partial<InCluster>);
      return work(client, input, run, uid);
    });
}

/** Queue `sluice.<cluster>`. */
export function clusterActivities(
  connection: ClusterConnection,
  turns: LoadTurns,
  prometheus: OpenMetrics,
  revisionKeys: () => Promise<RevisionKey[]>,
  knowledge: OfferKnowledge & { newest: ShowStatusDeps['look'] },
): ClusterActivities & MirrorClusterActivities & ReconcileClusterActivities {
  const bind = over(connection);
  const reading = <I extends object, O>(read: (client: KubeClient, input: I, uid: string) => Promise<O>) =>
    bind<I, O>((client, input, run, uid) => {
      const progress = () => 'reading';
      return beating(run, progress, () => read(client, input, uid));
    });
  return {
    findLeftovers: reading(async (client, { namespaces }, uid) => {
      return { clusterUid: uid, ...(await findLeftovers(client, namespaces)) };
    }),
    awaitWorker,
    detect: reading((client, input, uid) =>
      whenProven(knowledge, input, info(), async (pinned, issuedAt) => {
        const deps = { client, clusterUid: uid, inspectRoutes, prometheus, turns, issuedAt };
        return detect({ ...deps, revisionKeys: await revisionKeys() }, pinned);
      }),
    ),
    createCanary: bind(createCanary),
    scaleCanary: bind(scaleCanary),
    boundAutoscaler: bind(boundAutoscaler),
    route: bind(route),
    upgradePrimary: bind(async (client, input) => upgradePrimary(client, input, await revisionKeys())),
    restorePrimary: bind(restorePrimary),
    raiseFence: bind(raiseFence),
    scaleCanaryToZero: bind(scaleCanaryToZero),
    createDestinations: bind(createDestinations),
    removeDestinations: bind(removeDestinations),
    showStatus: bind((client, input) => showStatus({ client, look: knowledge.newest }, input)),
    look: bind(look),
    inspectMirror: reading((client, input, uid) =>
      whenOrdered(knowledge.installation, input, info().scheduledTimestampMs, () =>
        inspectMirror(client, input.spec, uid),
      ),
    ),
    writeMirror: bind(writeMirror),
  };
}

const INSISTENT: InsistentWrites = {
  route,
  restorePrimary,
  raiseFence,
  scaleCanaryToZero,
  boundAutoscaler,
  removeDestinations,
};

/** Queue `sluice.<cluster>.wait`. */
export function waitActivities(
  connection: ClusterConnection,
  turns: LoadTurns,
  prometheus: OpenMetrics,
  installation: InstallationFile,
): WaitActivities & MirrorWaitActivities {
  const bind = over(connection);
  const remoteOnly = async () => (await installation.current()).addressesInPlans !== 'any';
  const cleanUp = () => connection.until(AbortSignal.timeout(REQUEST_MS));
  const others = { web: webSources(installation), cleanUp };
  const deps = { prometheus, pages: new PodPages(), turns, remoteOnly, others };
  return {
    awaitWorker,
    awaitReady: bind((client, input, run) => awaitReady({ client }, input, run)),
    runAcceptance: bind((client, input, run) => runAcceptance(client, input, run, cleanUp)),
    runLoad: bind((client, input, run) => runLoad(client, input, run, { turns })),
    checkInterval: bind((client, input, run) => checkInterval({ client, ...deps }, input, run)),
    observeAway: bind((client, input, run) =>
      seenByEndpoints(input.plan) ? observeEndpoints(client, input.plan, run) : observeAway({ prometheus }, input, run),
    ),
    awaitChange: bind((_, input, run) =>
      awaitChange(
        {
          until: (signal) => connection.until(signal),
          writes: INSISTENT,
          check: (client, interval, part) => checkInterval({ client, ...deps }, interval, part),
        },
        input,
        run,
      ),
    ),
    watchMirror: bind((client, input, run) => watchMirror({ client, prometheus }, input, run)),
    measureMirror: bind((_, input, run) => measureMirror({ prometheus }, input, run)),
  };
}

export interface ControlDeps {
  temporal: Client;
  smtpUrl?: string;
  mailFrom?: string;
  /** Default: there is none, and nobody is proven. */
  installation?: InstallationFile;
}

/** Queue `sluice`. */
export function controlActivities({
  temporal,
  smtpUrl,
  mailFrom,
  installation = noFile(),
}: ControlDeps): ControlActivities & ReconcileControlActivities {
  const mail = { transport: smtpUrl ? createEmailTransport(smtpUrl) : undefined, from: mailFrom };
  const slack = { installation, look: newestRun(temporal) };
  return {
    rolloutNamespaces: (input) => rolloutNamespaces(temporal, input),
    unservedClusters: () => unservedClusters(temporal, Context.current().info.currentAttemptScheduledTimestampMs),
    withoutWorkflow: (input) => withoutWorkflow(temporal, input),
    makeOffer: (input) => makeOffer({ client: temporal }, input),
    verifyActor: (input) => verifyActor(installation, input, info().scheduledTimestampMs),
    verifyOffer: (input) => verifyOffer(installation, input, info().scheduledTimestampMs),
    needsProof: async () => (await installation.current()).unproven === 'closed',
    askWindow: activity((input) => askWindow(input)),
    handOverNews: (news) => handOverNews(temporal, WORKFLOW_QUEUE, news, Context.current().info),
    notify: (input) => {
      const { channel } = input.to[0] ?? {};
      if (channel === 'webhook') return tellWebhook(installation, input);
      return channel === 'slack' ? tellSlack(slack, input) : notify(mail, input);
    },
  };
}

export function newestRun(temporal: Client): TellSlackDeps['look'] {
  return ({ cluster, namespace, plan }) =>
    takeSnapshot(temporal, viewQuery, rolloutWorkflowId(cluster, namespace, plan)).catch((error) => {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    });
}
