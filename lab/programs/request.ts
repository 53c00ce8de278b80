/** What is read of a request. */
import type { IncomingMessage } from 'node:http';

export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

export function probeId(request: IncomingMessage): string | null {
  const id = request.headers['x-probe-id'];
  return typeof id === 'string' ? id : null;
}
