/** What Sluice asked of the API server, from its audit log. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { PRODUCT_USER } from '../../lab/index.ts';

export interface ApiRequest {
  verb: string;
  /** `deployments`, `virtualservices` … */
  resource: string;
  /** HTTP status of the answer. */
  status: number;
  /** ms since 1970. */
  receivedAt: number;
  answeredAt: number;
}

interface AuditLine {
  verb: string;
  user: { username: string };
  objectRef?: { resource: string; namespace?: string };
  responseStatus?: { code: number };
  requestReceivedTimestamp: string;
  stageTimestamp: string;
}

const WRITES = ['create', 'patch', 'update'];

/**
 * Requests of the product by namespace, in the order of arrival; watches are left out, they are logged at their end, and so is what
 * only tries a write.
 */
export async function readRequests(auditLog: string): Promise<Map<string, ApiRequest[]>> {
  const found = new Map<string, ApiRequest[]>();
  for await (const line of createInterface({ input: createReadStream(auditLog) })) {
    if (!line.includes(PRODUCT_USER) || line.includes('dryRun=All')) continue;
    const { user, verb, objectRef, ...event } = JSON.parse(line) as AuditLine;
    if (user.username !== PRODUCT_USER || verb === 'watch' || !objectRef?.namespace) continue;
    const requests = found.get(objectRef.namespace) ?? [];
    requests.push({
      verb,
      resource: objectRef.resource,
      status: event.responseStatus?.code ?? 0,
      receivedAt: microseconds(event.requestReceivedTimestamp),
      answeredAt: microseconds(event.stageTimestamp),
    });
    found.set(objectRef.namespace, requests);
  }
  for (const requests of found.values()) requests.sort((a, b) => a.receivedAt - b.receivedAt);
  return found;
}

/** The last successful write to a resource that had arrived by `until`. */
export function lastWrite(
  requests: readonly ApiRequest[],
  resource: string,
  { from, until }: { from: number; until: number },
): ApiRequest | undefined {
  return requests.findLast(
    (one) =>
      one.resource === resource &&
      WRITES.includes(one.verb) &&
      one.status < 300 &&
      one.receivedAt >= from &&
      one.receivedAt <= until,
  );
}

/** `2026-11-21T06:00:00.123456Z`; Date keeps milliseconds only. */
function microseconds(timestamp: string): number {
  const [, fraction = '0'] = /\.(\d+)Z$/.exec(timestamp) ?? [];
  return Math.floor(Date.parse(timestamp) / 1_000) * 1_000 + Number(`0.${fraction}`) * 1_000;
}
