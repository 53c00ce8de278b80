/** The watcher process: a sender of deploy events that watches the canaries of plans with `source: canary`. It writes nothing but its lease. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { readKey, type ServerKey, vouchForOffer } from '../authority/index.ts';
import type { Offer, OfferAnswer } from '../contract/offer.ts';
import type { Plan } from '../contract/plan.ts';
import {
  type Installation,
  type InstallationFile,
  noFile,
  onlySource,
  type PlanSource,
  readSecret,
  revisionKeys,
  watchPlans,
} from '../installation/index.ts';
import { deliver } from '../intake/index.ts';
import { connect, type KubeClient } from '../kubernetes/index.ts';
import type { LoadedPlan } from '../plan/index.ts';
import { serverLog } from '../server/log.ts';
import { type TemporalConfig, temporalConfig } from '../temporal/config.ts';
import { connectTemporal } from '../temporal/connect.ts';
import { type CanaryOffer, watchCanary } from './canary.ts';
import { whileHeld } from './lease.ts';

export interface WatcherOptions {
  /** Directory of plan files; absent: the installation's plan sources. */
  plansDir?: string;
  /** Namespaces that its plans may name; needed with it. */
  planNamespaces?: readonly string[];
  /** Path of a kubeconfig; absent: the usual places, then the pod's service account. */
  kubeconfig?: string;
  /** Default: what environment and profile say. */
  temporal?: TemporalConfig;
  /** Default `local`. */
  cluster?: string;
  /** Default: there is none, and nobody is asked for proofs. */
  installation?: InstallationFile;
  /** `<namespace>/<name>` of the Lease by which one of several watches. Default: none, there is no other. */
  lease?: string;
  log?: Logger;
}

/** Between two looks at which plans there are, ms. */
const PLANS_MS = 15_000;
/** The name of the sender where no installation says another. */
const SENDER = 'watcher';

/**
 * Watches until the signal aborts.
 * @throws RangeError when nobody says where plans are, or which sender this is; ConnectionError when Temporal cannot be reached
 */
export async function runWatcher(options: WatcherOptions, signal: AbortSignal): Promise<void> {
  const {
    installation = noFile(),
    temporal = temporalConfig(),
    lease,
    log = serverLog({ name: 'sluice-watch' }),
  } = options;
  const { kubeconfig, cluster = 'local' } = options;
  senderOf(installation.known);
  await ownKey(installation.known);
  const only = onlySource(options.plansDir, options.planNamespaces, installation.known);
  const plans = watchPlans(log, installation, only, kubeconfig);
  await plans.current();
  const connection = await connectTemporal(temporal);
  const kube = connect({ kubeconfig });
  const client = new Client({ connection, namespace: temporal.namespace });
  const watcher: Watcher = { client, kube: kube.until(signal), plans, installation, cluster, log };
  const work = (held: AbortSignal) => watchAll(watcher, held);
  try {
    const identity = `${hostname()}_${randomBytes(4).toString('hex')}`;
    // the lease is given back when everything else has ended
    const mine = { client: kube, lease: lease ?? '', identity, said: (sentence: string) => log.info(sentence) };
    await (lease ? whileHeld(mine, work, signal) : work(signal));
  } finally {
    await Promise.all([kube.close(), connection.close()]);
  }
}

interface Watcher {
  client: Client;
  kube: KubeClient;
  plans: PlanSource;
  installation: InstallationFile;
  cluster: string;
  log: Logger;
}

/** Every canary that a plan takes its versions from, as plans come and go. */
async function watchAll(watcher: Watcher, signal: AbortSignal): Promise<void> {
  const running = new Map<string, { stop: AbortController; ended: Promise<void> }>();
  while (!signal.aborted) {
    const { plans } = await watcher.plans.current();
    const wanted = new Map(plans.filter(isFromCanary).map((loaded) => [keyOf(loaded), loaded]));
    for (const [key, { stop }] of running) {
      if (wanted.has(key)) continue;
      stop.abort();
      running.delete(key);
    }
    for (const [key, { plan }] of wanted) {
      if (running.has(key)) continue;
      const stop = new AbortController();
      running.set(key, { stop, ended: watchOne(watcher, plan, AbortSignal.any([signal, stop.signal])) });
      watcher.log.info({ plan: `${plan.namespace}/${plan.name}`, canary: plan.workload.canary }, 'watching');
    }
    await sleep(PLANS_MS, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all([...running.values()].map(({ ended }) => ended));
}

function watchOne(watcher: Watcher, plan: Plan, signal: AbortSignal): Promise<void> {
  const { kube, installation, log } = watcher;
  const offer = (one: CanaryOffer) => offerCanary(watcher, plan, one);
  return watchCanary({ client: kube, plan, revisionKeys: revisionKeys(installation), offer, log }, signal);
}

function isFromCanary({ plan }: LoadedPlan): boolean {
  return plan.workload.source === 'canary';
}

/** A plan that names another canary is watched anew. */
function keyOf({ plan: { namespace, name, workload } }: LoadedPlan): string {
  return `${namespace}/${name}/${workload.canary}`;
}

/** By the plan as it is now. */
async function offerCanary(
  { client, plans, installation, cluster }: Watcher,
  { namespace, name }: Plan,
  { id, mark, reason }: CanaryOffer,
): Promise<OfferAnswer | undefined> {
  const { plans: all } = await plans.current();
  const loaded = all.filter(isFromCanary).find(({ plan }) => plan.namespace === namespace && plan.name === name);
  if (!loaded) return undefined;
  const known = await installation.current();
  const source = senderOf(known);
  const event = { source, deliveryId: id, receivedAt: new Date().toISOString(), reason, mark };
  const offer: Offer = { id: `${source}/${id}`, event, plan: loaded.plan, planFile: loaded.file };
  const vouched = await vouchForOffer(offer, cluster, await ownKey(known));
  const delivered = await deliver(client, { cluster, offer: vouched, content: mark });
  return delivered.offer;
}

async function ownKey({ key, dir = '.' }: Installation): Promise<ServerKey | undefined> {
  return key && readKey(await readSecret(key, dir));
}

/** @throws RangeError when the installation has none, or several */
function senderOf({ senders, people, servers }: Installation): string {
  const own = senders.filter(({ canary }) => canary);
  const [first, ...others] = own.map(({ name }) => name);
  if (first !== undefined && others.length === 0) return first;
  if (first === undefined && people.length + servers.length === 0) return SENDER;
  throw new RangeError(
    first === undefined
      ? 'no sender is the watcher: write senders: [{ name: watcher, plans: [demo/*], canary: true }] in sluice.yaml'
      : `several senders are the watcher (${[first, ...others].join(', ')}): keep one with canary: true`,
  );
}
