/** The lab's cluster as a test sees it: an administrator who applies, reads, breaks and watches things. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { currentLab, type LabState, PRODUCT_USER } from '../../../lab/index.ts';

const run = promisify(execFile);

export const lab: LabState = currentLab();

/** kubectl as administrator. @throws with kubectl's message */
export async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run(lab.bin.kubectl as string, ['--kubeconfig', lab.kubeconfig, ...args], {
    maxBuffer: 64 << 20,
  });
  return stdout;
}

export async function getJson<T = Record<string, unknown>>(namespace: string, kind: string, name: string): Promise<T> {
  return JSON.parse(await kubectl('-n', namespace, 'get', kind, name, '-o', 'json')) as T;
}

/** Applies objects (server-side, so that re-applying is an owner's act). */
export async function apply(objects: object[]): Promise<void> {
  const child = execFile(lab.bin.kubectl as string, ['--kubeconfig', lab.kubeconfig, 'apply', '-f', '-']);
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  let problem = '';
  child.stderr?.on('data', (chunk) => {
    problem += chunk;
  });
  child.stdin?.end(JSON.stringify(list));
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`kubectl apply: ${problem}`))));
  });
}

/** @throws after `timeoutMs` (default 60 s) with what was last seen */
export async function eventually<T>(
  look: () => Promise<T | undefined> | T | undefined,
  what: string,
  timeoutMs = 60_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let problem: unknown;
  while (Date.now() < end) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen as T;
    } catch (error) {
      problem = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not seen in ${timeoutMs / 1000} s: ${what}${problem ? ` (${problem})` : ''}`);
}

export interface AuditEvent {
  verb: string;
  requestURI: string;
  user: { username: string };
  objectRef?: { resource: string; namespace?: string; name?: string; subresource?: string };
  responseStatus?: { code: number };
  requestReceivedTimestamp: string;
  stageTimestamp: string;
}

/** Requests on one namespace, in order, from the API server's audit log; not those that only try a write. */
export async function requestsOn(namespace: string, auditLog = lab.auditLog): Promise<AuditEvent[]> {
  const lines = (await readFile(auditLog, 'utf8')).trimEnd().split('\n');
  return lines
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ requestURI, objectRef }) => objectRef?.namespace === namespace && !requestURI.includes('dryRun=All'));
}

/** Those of the product. */
export async function productRequests(namespace: string, auditLog = lab.auditLog): Promise<AuditEvent[]> {
  return (await requestsOn(namespace, auditLog)).filter(({ user }) => user.username === PRODUCT_USER);
}

const WRITES = ['create', 'update', 'patch', 'delete'];

export function isWrite({ verb }: AuditEvent): boolean {
  return WRITES.includes(verb);
}

/** "patch virtualservices/reviews" for every write that the API server accepted. */
export async function productWrites(namespace: string, auditLog = lab.auditLog): Promise<string[]> {
  return (await productRequests(namespace, auditLog))
    .filter((request) => isWrite(request) && (request.responseStatus?.code ?? 500) < 300)
    .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}${objectRef?.name ? `/${objectRef.name}` : ''}`);
}
