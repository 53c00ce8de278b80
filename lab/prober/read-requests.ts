import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRequestLine, type RequestRecord } from '../programs/index.ts';

/** A request as the pod that answered it saw it. */
export interface PodRequest extends RequestRecord {
  pod: string;
}

/**
 * What the pods of a namespace whose names begin with a prefix were asked, in order of arrival. Gone pods count too.
 * @param dir the lab's run folder
 */
export function readRequests(dir: string, namespace: string, podPrefix: string): PodRequest[] {
  const folder = join(dir, 'pods', namespace);
  if (!existsSync(folder)) return [];
  const pods = readdirSync(folder).filter((name) => name.startsWith(podPrefix));
  const requests = pods.flatMap((pod) => readLog(join(folder, pod, 'requests.log')).map((r) => ({ ...r, pod })));
  return requests.sort((a, b) => a.at - b.at);
}

function readLog(file: string): RequestRecord[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => parseRequestLine(line) ?? []);
}
