/** One name, one cluster (order rule 14): workers say in their identity which one they serve, and one of another does not start. */
import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import { clusterQueue } from '../contract/ids.ts';
import { type ClusterConnection, clusterUid, UnknownCluster } from '../kubernetes/index.ts';
import { ACTIVITY, pollersOf } from '../temporal/pollers.ts';
import { SettingError } from './setting-error.ts';

/** Characters of a uid that tell clusters apart. */
const SHORT = 8;

/** `<pid>@<cluster>@<host>`: as Temporal's own, with the first characters of the cluster's uid. */
const IDENTITY = /^\d+@([0-9a-f]{8})@/;

/**
 * The identity with which a worker of the cluster polls.
 * @param name under which it is to be served
 * @returns undefined: the cluster does not answer now, and its first activity finds out
 * @throws SettingError when it may not be known, or the name is another cluster's
 */
export async function clusterIdentity(
  kube: ClusterConnection,
  client: Client,
  name: string,
): Promise<string | undefined> {
  const uid = await clusterUid(kube).catch((error: unknown) => {
    if (!(error instanceof UnknownCluster)) return undefined;
    throw new SettingError(error.message, 'Its workers do nothing without it: kubectl apply -f deploy/rbac.yaml');
  });
  if (uid === undefined) return undefined;
  const own = uid.slice(0, SHORT);
  // a Temporal that does not tell keeps nobody from starting
  const pollers = await pollersUnder(client, name).catch(() => []);
  const other = pollers.find(isOfAnother(own));
  if (other) throw taken(name, own, other);
  return `${process.pid}@${own}@${hostname()}`;
}

/** The clusters whose workers were seen lately under a name, by the first characters of their uids: one, or something is wrong. */
export async function clustersOf(client: Client, name: string): Promise<string[]> {
  const pollers = await pollersUnder(client, name);
  return [...new Set(pollers.flatMap(({ identity }) => IDENTITY.exec(identity)?.[1] ?? []))].sort();
}

interface Poller {
  identity: string;
  /** Time since it was seen, ms. */
  ageMs: number;
}

async function pollersUnder(client: Client, name: string): Promise<Poller[]> {
  const pollers = await pollersOf(client, clusterQueue(name), ACTIVITY);
  return pollers.map(({ identity, lastAccessTime }) => {
    return { identity: identity ?? '', ageMs: Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 };
  });
}

function isOfAnother(own: string) {
  return ({ identity }: Poller): boolean => {
    const cluster = IDENTITY.exec(identity)?.[1];
    return cluster !== undefined && cluster !== own;
  };
}

function taken(name: string, own: string, { identity, ageMs }: Poller): SettingError {
  const theirs = IDENTITY.exec(identity)?.[1];
  return new SettingError(
    `the name ${name} is that of cluster ${theirs}…: worker ${identity} was seen ${Math.round(ageMs / 1000)} s ago; this worker's cluster is ${own}…`,
    'Give one of the two clusters another name: --cluster NAME, at its workers, server and commands. If that worker is gone, start again in a minute.',
  );
}
