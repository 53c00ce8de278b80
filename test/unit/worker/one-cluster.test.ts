import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { ClusterError } from '../../../src/kubernetes/client/errors.ts';
import type { ClusterConnection } from '../../../src/kubernetes/index.ts';
import { clusterIdentity, clustersOf } from '../../../src/worker/one-cluster.ts';

const UID = '1a2b3c4d-0000-4000-8000-000000000000';

/** @param uid of the cluster; `forbidden` and `network`: why it cannot be read */
function kube(uid: string): ClusterConnection {
  const get = async () => {
    if (uid === 'forbidden' || uid === 'network')
      throw new ClusterError({ verb: 'get', object: 'Namespace kube-system', reason: uid });
    return { metadata: { name: 'kube-system', uid } };
  };
  return { get } as unknown as ClusterConnection;
}

/** Workers that Temporal has seen, with the seconds since then. */
function temporal(...seen: [identity: string, secondsAgo: number][]): Client {
  const pollers = seen.map(([identity, ago]) => ({
    identity,
    lastAccessTime: { seconds: Math.floor(Date.now() / 1000) - ago },
  }));
  return {
    options: { namespace: 'default' },
    workflowService: { describeTaskQueue: async () => ({ pollers }) },
    connection: { withDeadline: (_: number, call: () => unknown) => call() },
  } as unknown as Client;
}

describe('a worker that starts', () => {
  test('says in its identity which cluster it serves, beside others of the same', async () => {
    const own = `${process.pid}@1a2b3c4d@${hostname()}`;
    expect(await clusterIdentity(kube(UID), temporal(), 'local')).toBe(own);
    const others = temporal(['7@1a2b3c4d@there', 3], ['8@there', 3], ['9@9f9f9f9f@there', 80]);
    expect(await clusterIdentity(kube(UID), others, 'local')).toBe(own);
  });

  test('does not start beside one of another cluster, and names both and the remedy', async () => {
    const asked = clusterIdentity(kube(UID), temporal(['9@9f9f9f9f@there', 12]), 'local');
    await expect(asked).rejects.toMatchObject({
      message: expect.stringMatching(
        /^the name local is that of cluster 9f9f9f9f…: worker 9@9f9f9f9f@there was seen 1\d s ago; this worker's cluster is 1a2b3c4d…$/,
      ),
      hint: expect.stringContaining('--cluster NAME'),
    });
  });

  test('starts while the cluster is away, and not when it may not know which one it is', async () => {
    expect(await clusterIdentity(kube('network'), temporal(), 'local')).toBeUndefined();
    await expect(clusterIdentity(kube('forbidden'), temporal(), 'local')).rejects.toMatchObject({
      name: 'SettingError',
      message: expect.stringContaining('Role sluice-cluster of deploy/rbac.yaml'),
    });
  });
});

test('the clusters under one name are told apart', async () => {
  const seen = temporal(['7@1a2b3c4d@a', 3], ['8@1a2b3c4d@b', 3], ['9@9f9f9f9f@c', 3], ['10@c', 3]);
  expect(await clustersOf(seen, 'local')).toEqual(['1a2b3c4d', '9f9f9f9f']);
});
