/** Which logs a lab has: one of each part, and one of each pod. Pure apart from looking into folders. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../host/errors.ts';
import { containerLog } from '../kubelet/pod-files.ts';

export interface LogFile {
  /** `istiod`, or `pod/NAMESPACE/NAME`. */
  name: string;
  file: string;
  bytes: number;
  /** Last write, epoch ms. */
  at: number;
}

/** @param dir the lab's run folder */
export function logFiles(dir: string): LogFile[] {
  const logs = join(dir, 'logs');
  const parts = list(logs).filter((file) => file.endsWith('.log'));
  const pods = list(join(dir, 'pods')).flatMap((namespace) =>
    list(join(dir, 'pods', namespace)).map((name) => ({ namespace, name })),
  );
  return [
    ...parts.map((file) => ({ name: file.slice(0, -'.log'.length), file: join(logs, file) })),
    ...pods.map((pod) => ({ name: `pod/${pod.namespace}/${pod.name}`, file: containerLog(dir, pod) })),
  ]
    .filter(({ file }) => existsSync(file))
    .map((log) => ({ ...log, ...sizeAndTime(log.file) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * The log of that name; for `pod/NAMESPACE/DEPLOYMENT` that of its newest pod.
 * @throws LabError that names the logs there are
 */
export function findLog(logs: LogFile[], name: string): LogFile {
  const exact = logs.find((log) => log.name === name);
  if (exact) return exact;
  const pods = name.startsWith('pod/') ? logs.filter((log) => log.name.startsWith(`${name}-`)) : [];
  const newest = pods.toSorted((a, b) => b.at - a.at)[0];
  if (newest) return newest;
  const known = logs.map((log) => log.name).join(', ');
  throw new LabError(`there is no log "${name}": there are ${known}`);
}

function list(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir) : [];
}

function sizeAndTime(file: string): { bytes: number; at: number } {
  const { size, mtimeMs } = statSync(file);
  return { bytes: size, at: mtimeMs };
}
