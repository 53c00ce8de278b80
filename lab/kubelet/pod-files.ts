/** Where a pod's files lie in the run folder of a lab. */
import { join } from 'node:path';

interface PodName {
  namespace: string;
  name: string;
}

/** Folder of a pod. @param dir the lab's run folder */
export function podDir(dir: string, { namespace, name }: PodName): string {
  return join(dir, 'pods', namespace, name);
}

/** What the containers of a pod print. */
export function containerLog(dir: string, pod: PodName): string {
  return join(podDir(dir, pod), 'output.log');
}
