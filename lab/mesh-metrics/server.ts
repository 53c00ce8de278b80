import { createServer, type Server } from 'node:http';

/** The page of a Prometheus, and that of a sidecar's Envoy, which takes a pattern on names: `?filter=istio_request`. */
const PATHS = ['/metrics', '/stats/prometheus'];

/** Serves GET /metrics and /stats/prometheus in the Prometheus text format. @param host default 127.0.0.1 */
export function serveMetrics(port: number, render: () => string, host = '127.0.0.1'): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://pod');
    const known = PATHS.includes(pathname);
    const filter = new RegExp(searchParams.get('filter') ?? '');
    const page = () =>
      render()
        .split('\n')
        .filter((line) => filter.test(line));
    response.writeHead(known ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(known ? `${page().join('\n')}\n` : `known paths are ${PATHS.join(' and ')}\n`);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
