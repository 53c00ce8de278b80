import { expect, test } from 'vitest';
import { assertCluster } from '../../../../src/activities/support/assert-cluster.ts';
import { toFailure } from '../../../../src/activities/support/failure.ts';
import type { KubeClient } from '../../../../src/kubernetes/client/client.ts';
import { clusterUid } from '../../../../src/kubernetes/client/cluster-uid.ts';
import { ClusterError } from '../../../../src/kubernetes/client/errors.ts';

/** Clients of one connection; each answer is given once, the last one again and again. */
function connection(...answers: (string | ClusterError | undefined)[]) {
  const one = {};
  let requests = 0;
  const client = (): KubeClient => {
    const get = async () => {
      requests += 1;
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof ClusterError) throw answer;
      return answer === undefined ? undefined : { metadata: { name: 'kube-system', uid: answer } };
    };
    return { connection: one, get } as unknown as KubeClient;
  };
  return { client, requests: () => requests };
}

const failing = (reason: 'network' | 'forbidden') =>
  new ClusterError({ verb: 'get', object: 'Namespace kube-system', reason });

test('is asked once for each connection, and again only after a failure', async () => {
  const { client, requests } = connection(failing('network'), 'one');
  await expect(clusterUid(client())).rejects.toMatchObject({ reason: 'network' });
  expect(await clusterUid(client())).toBe('one');
  expect(await clusterUid(client())).toBe('one');
  expect(requests()).toBe(2);
  expect(await clusterUid(connection('two').client())).toBe('two');
});

test.each([
  ['may not be read', failing('forbidden'), 'bind Role sluice-cluster of deploy/rbac.yaml in namespace kube-system'],
  ['is not there', undefined, 'the cluster has no namespace kube-system'],
])('a cluster whose kube-system %s: that is said, and asked again', async (_, answer, words) => {
  const refused = await clusterUid(connection(answer).client()).catch((error: unknown) => error);
  expect(toFailure(refused)).toMatchObject({ nonRetryable: false, message: expect.stringContaining(words) });
});

test("what was detected in another cluster is refused, for another worker's try, with what to do", () => {
  const uid = 'one';
  expect(() => assertCluster(uid, {})).not.toThrow();
  expect(() => assertCluster(uid, { clusterUid: 'one' })).not.toThrow();
  let refused: unknown;
  try {
    assertCluster(uid, { clusterUid: 'two' });
  } catch (error) {
    refused = error;
  }
  expect(toFailure(refused)).toMatchObject({
    type: 'OtherCluster',
    nonRetryable: false,
    message: expect.stringContaining('give the workers of one of them another --cluster'),
  });
});
