import { createServer, type Server } from 'node:http';

/** Serves GET /metrics in the Prometheus text format. @param host default 127.0.0.1 */
export function serveMetrics(port: number, render: () => string, host = '127.0.0.1'): Promise<Server> {
  const server = createServer((request, response) => {
    const known = request.url === '/metrics';
    response.writeHead(known ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(known ? render() : 'known path is /metrics\n');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
