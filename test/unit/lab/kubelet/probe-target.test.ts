import { describe, expect, it } from 'vitest';
import { probeTarget } from '../../../../lab/kubelet/probe-target.ts';

describe('probe target', () => {
  const container = { name: 'c', image: 'web:v1', ports: [{ name: 'http', containerPort: 9080 }] };

  it('refuses what the lab cannot ask', () => {
    expect(() => probeTarget({ exec: {} }, container, '10.244.1.10')).toThrow('httpGet and tcpSocket probes only');
    expect(() => probeTarget({ tcpSocket: { port: 'grpc' } }, container, '10.244.1.10')).toThrow(
      'no port named "grpc"',
    );
  });

  it('fails with the reason when nobody listens', async () => {
    const ask = probeTarget({ httpGet: { port: 1 } }, container, '127.0.0.1');
    await expect(ask(1000)).resolves.toMatchObject({ ok: false, reason: expect.stringContaining('ECONNREFUSED') });
  });
});
