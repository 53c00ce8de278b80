import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { QUARANTINE_MS } from '../../../../lab/kubelet/addresses.ts';
import { ConfigError, resolveEnvironment } from '../../../../lab/kubelet/environment.ts';
import { AddressPool, backOffMs, readBootstrap } from '../../../../lab/kubelet/index.ts';
import type { Container, KubeletPod } from '../../../../lab/kubelet/types.ts';

describe('pod addresses', () => {
  it('are handed out in order and never twice', () => {
    const pool = new AddressPool();
    const given = Array.from({ length: 600 }, (_, i) => pool.allocate(`demo/p${i}`, 0));
    expect(given.slice(0, 2)).toEqual(['10.244.1.10', '10.244.1.11']);
    expect(given.slice(243, 247)).toEqual(['10.244.1.253', '10.244.1.254', '10.244.16.1', '10.244.16.2']);
    expect(new Set(given).size).toBe(600);
  });

  it('rest for a minute after they were freed', () => {
    const pool = new AddressPool();
    const total = 245 + 112 * 254;
    for (let i = 0; i < total; i += 1) pool.allocate('demo/p', 0);
    pool.release('10.244.1.10', 'demo/p', 1000);
    expect(() => pool.allocate('demo/q', 1000 + QUARANTINE_MS - 1)).toThrow('no pod address is free');
    expect(pool.allocate('demo/q', 1000 + QUARANTINE_MS)).toBe('10.244.1.10');
  });

  it('can be claimed, also right after they were freed, but not from another pod', () => {
    const pool = new AddressPool();
    expect(pool.claim('10.244.1.10', 'demo/a')).toBe('10.244.1.10');
    expect(pool.claim('10.244.1.10', 'demo/a')).toBe('10.244.1.10');
    expect(() => pool.claim('10.244.1.10', 'demo/b')).toThrow('taken by pod demo/a');
    expect(pool.allocate('demo/c', 0)).toBe('10.244.1.11');
    pool.release('10.244.1.10', 'demo/a', 0);
    expect(pool.claim('10.244.1.10', 'demo/b')).toBe('10.244.1.10');
    pool.release('10.244.1.10', 'demo/a', 0);
    expect(() => pool.claim('10.244.1.10', 'demo/d')).toThrow('taken by pod demo/b');
  });

  it.each(['10.245.1.1', '10.244.1', '10.244.1.256', 'localhost'])('%s cannot be claimed', (address) => {
    expect(() => new AddressPool().claim(address, 'demo/a')).toThrow('not in 10.244.0.0/16');
  });
});

describe('back-off', () => {
  it('doubles from one second to ten', () => {
    expect([1, 2, 3, 4, 5, 50].map(backOffMs)).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
  });
});

describe('Envoy bootstrap', () => {
  function file(text: string): string {
    const dir = mkdtempSync(join(tmpdir(), 'lab-envoy-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, 'x.yaml'), text);
    return join(dir, 'x.yaml');
  }

  it('names the admin address', () => {
    const text = 'admin: {address: {socket_address: {address: 127.0.0.1, port_value: 15000}}}';
    expect(readBootstrap(file(text))).toEqual({ host: '127.0.0.1', port: 15_000 });
  });

  it('is refused without one, or when it is missing', () => {
    expect(() => readBootstrap(file('node: {}'))).toThrow('has no admin.address');
    expect(() => readBootstrap('/nowhere/x.yaml')).toThrow('cannot read the Envoy bootstrap /nowhere/x.yaml');
  });
});

describe('environment of a container', () => {
  const pod: KubeletPod = {
    metadata: { name: 'p', namespace: 'demo', uid: 'u', labels: { app: 'reviews' } },
    spec: { nodeName: 'lab-0', containers: [] },
  };
  const values: Record<string, Record<string, string>> = {
    'configmap/cfg': { A: '1', B: '2' },
    'secret/sec': { S: 'x' },
  };
  const resolve = (parts: Partial<Container>) =>
    resolveEnvironment(pod, { name: 'c', image: 'web:v1', ...parts }, '10.244.1.10', async (kind, _, name) => {
      return values[`${kind}/${name}`] ?? null;
    });

  it('comes from ConfigMaps, Secrets, fields and values, later ones first', async () => {
    const env = await resolve({
      envFrom: [{ configMapRef: { name: 'cfg' } }, { prefix: 'P_', secretRef: { name: 'sec' } }],
      env: [
        { name: 'B', value: 'own' },
        { name: 'C', value: 'see $(B) and $(NOBODY)' },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: 'K', valueFrom: { secretKeyRef: { name: 'sec', key: 'S' } } },
      ],
    });
    expect(env).toEqual({
      A: '1',
      B: 'own',
      P_S: 'x',
      C: 'see own and $(NOBODY)',
      IP: '10.244.1.10',
      APP: 'reviews',
      K: 'x',
    });
  });

  it('does not miss what is optional', async () => {
    const optional = true;
    const env = await resolve({
      envFrom: [{ configMapRef: { name: 'absent', optional } }],
      env: [{ name: 'K', valueFrom: { configMapKeyRef: { name: 'cfg', key: 'absent', optional } } }],
    });
    expect(env).toEqual({});
  });

  it.each([
    [{ envFrom: [{ configMapRef: { name: 'absent' } }] }, 'configmap "absent" not found'],
    [{ env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 'no', key: 'k' } } }] }, 'secret "no" not found'],
    [
      { env: [{ name: 'K', valueFrom: { configMapKeyRef: { name: 'cfg', key: 'k' } } }] },
      "couldn't find key k in configmap cfg",
    ],
    [{ env: [{ name: 'K', valueFrom: { fieldRef: { fieldPath: 'spec.x' } } }] }, 'does not know fieldPath spec.x'],
  ])('says what is missing: %j', async (parts, message) => {
    await expect(resolve(parts)).rejects.toThrow(ConfigError);
    await expect(resolve(parts)).rejects.toThrow(message);
  });
});
