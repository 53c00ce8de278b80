import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { editWeights } from '../../../examples/support/edit-weights.ts';
import { phaseRows, rowLines } from '../../../examples/support/index.ts';
import type { PodRequest, ProbeRecord } from '../../../lab/prober/index.ts';

describe('weights edited as a person would', () => {
  const destination = (subset: string, weight: number) => ({ destination: { host: 'reviews', subset }, weight });
  const file = {
    kind: 'VirtualService',
    spec: {
      http: [
        { match: [{ uri: { prefix: '/x' } }], route: [destination('v1', 0), destination('v2', 100)] },
        { mirror: { host: 'reviews' }, route: [destination('v1', 80), destination('v2', 20)] },
      ],
    },
  };

  it('changes the rule for everybody alone', () => {
    const edited = parse(editWeights(JSON.stringify(file), { v1: 40, v2: 60 }));
    const [first, second] = file.spec.http;
    const route = [destination('v1', 40), destination('v2', 60)];
    expect(edited).toEqual({ ...file, spec: { http: [first, { ...second, route }] } });
  });
});

describe('rows of a rollout', () => {
  const record = (n: number, pod: string): ProbeRecord => ({
    n,
    id: `t-${n}`,
    sentAt: n * 10,
    ms: 1,
    status: 200,
    version: null,
    pod,
  });
  const copy = (n: number) => ({ id: `t-${n}`, kind: 'copy' }) as PodRequest;
  const phase = (canary: number, mirror: number) => ({ name: 'p', canary, mirror, from: 0, to: 1_800 });
  const users = Array.from({ length: 200 }, (_, n) => record(n, n % 2 ? 'reviews-v1-a' : 'reviews-v2-a'));
  const onV1 = users.map((user) => ({ ...user, pod: 'reviews-v1-a' }));

  it('leaves out what was sent near its ends, while Envoy followed a write', () => {
    const [row] = phaseRows({ phases: [phase(50, 0)], users, canary: [] });
    expect(row).toMatchObject({ sent: 100, v1: '50', v2: '50', holds: true });
  });

  it('says when the share is another one, or a request met nobody', () => {
    expect(phaseRows({ phases: [phase(20, 0)], users, canary: [] })[0]).toMatchObject({ holds: false });
    const lost = users.map((user) => ({ ...user, pod: user.n === 60 ? null : user.pod }));
    expect(phaseRows({ phases: [phase(50, 0)], users: lost, canary: [] })[0]).toMatchObject({ holds: false });
  });

  it('counts copies of the requests of the phase', () => {
    const canary = Array.from({ length: 200 }, (_, n) => copy(n));
    const [row] = phaseRows({ phases: [phase(0, 100)], users: onV1, canary });
    expect(row).toMatchObject({ sent: 100, v1: '100', v2: '100 copies', holds: true });
    expect(phaseRows({ phases: [phase(0, 0)], users: onV1, canary })[0]).toMatchObject({ holds: false });
    expect(phaseRows({ phases: [phase(0, 100)], users: onV1, canary: canary.slice(51) })[0]).toMatchObject({
      holds: false,
    });
  });
});

it('prints a table that says NO where it does not hold', () => {
  const row = { document: 'd', step: 's', sent: 1, v1: '1', v2: '0', says: 'x' };
  const text = rowLines([
    { ...row, holds: true },
    { ...row, holds: false },
  ]);
  expect(text.split('\n').map((line) => line.split(/ {2,}/)[5])).toEqual(['as it says', 'yes', 'NO']);
});
