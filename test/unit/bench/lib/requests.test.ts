import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lastWrite, readRequests } from '../../../../bench/lib/requests.ts';
import { PRODUCT_USER } from '../../../../lab/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BASE = Date.parse('2026-01-01T00:00:00Z');

function line(
  second: number,
  verb: string,
  resource: string,
  changes: { code?: number; username?: string; dryRun?: boolean } = {},
) {
  const { code = 200, username = PRODUCT_USER } = changes;
  return JSON.stringify({
    verb,
    requestURI: `/apis/apps/v1/namespaces/shop/${resource}/reviews${changes.dryRun ? '?dryRun=All' : ''}`,
    user: { username },
    objectRef: { resource, namespace: 'shop', name: 'reviews' },
    responseStatus: { code },
    requestReceivedTimestamp: `2026-01-01T00:00:0${second}.123456Z`,
    stageTimestamp: `2026-01-01T00:00:0${second}.223456Z`,
  });
}

const LOG = join(folder, 'audit.jsonl');
writeFileSync(
  LOG,
  [
    line(3, 'patch', 'deployments'),
    line(1, 'get', 'deployments'),
    line(2, 'patch', 'deployments', { username: 'deployment-controller' }),
    line(4, 'patch', 'deployments', { code: 409 }),
    line(5, 'watch', 'deployments'),
    line(5, 'patch', 'deployments', { dryRun: true }),
    line(6, 'patch', 'virtualservices'),
  ].join('\n'),
);

describe('readRequests', () => {
  it("keeps Sluice's requests, without watches and rehearsals, in the order of arrival and to the microsecond", async () => {
    const requests = (await readRequests(LOG)).get('shop') ?? [];
    expect(requests.map(({ verb, status }) => `${verb} ${status}`)).toEqual([
      'get 200',
      'patch 200',
      'patch 409',
      'patch 200',
    ]);
    expect((requests[0]?.receivedAt ?? 0) - BASE).toBeCloseTo(1_123.456, 2);
    expect((requests[0]?.answeredAt ?? 0) - BASE).toBeCloseTo(1_223.456, 2);
  });
});

describe('lastWrite', () => {
  it('is the last accepted write to the resource within the time', async () => {
    const requests = (await readRequests(LOG)).get('shop') ?? [];
    const found = lastWrite(requests, 'deployments', { from: BASE, until: BASE + 10_000 });
    expect((found?.receivedAt ?? 0) - BASE).toBeCloseTo(3_123.456, 2);
    expect(lastWrite(requests, 'deployments', { from: BASE, until: BASE + 3_000 })).toBeUndefined();
  });
});
