/** A line between Sluice and a server that speaks no HTTP/1 (Temporal, SMTP): it can be cut, go silent, or be down. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class TcpProxy {
  /** `host:port` */
  readonly address: string;
  private readonly server: Server;
  /** Client by the local port of its connection to the server. */
  private readonly lines = new Map<number, { client: Socket; upstream: Socket }>();
  private down = false;
  private silent = false;

  private constructor(server: Server, target: string) {
    this.server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const [host, port] = target.split(':');
    server.on('connection', (client) => this.join(client, connect(Number(port), host)));
  }

  /** @param target `host:port` */
  static async open(target: string): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TcpProxy(server, target);
  }

  /** Ends every connection; new ones are taken. */
  cut(): void {
    for (const { client, upstream } of this.lines.values()) {
      client.destroy();
      upstream.destroy();
    }
  }

  /** Ends the connection whose other end sees this port, and no other. */
  cutLine(upstreamPort: number): void {
    this.lines.get(upstreamPort)?.client.destroy();
  }

  /** Refuses everybody until {@link restore}. */
  stopTaking(): void {
    this.down = true;
    this.cut();
  }

  /** What clients send arrives, what the server answers does not, until {@link restore}. */
  swallowAnswers(): void {
    this.silent = true;
  }

  restore(): void {
    this.down = false;
    this.silent = false;
  }

  close(): void {
    this.server.close();
    this.cut();
  }

  private join(client: Socket, upstream: Socket): void {
    const end = () => {
      client.destroy();
      upstream.destroy();
      this.lines.delete(upstream.localPort ?? 0);
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    if (this.down) {
      end();
      return;
    }
    upstream.on('connect', () => this.lines.set(upstream.localPort ?? 0, { client, upstream }));
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      if (!this.silent) client.write(chunk);
    });
  }
}
