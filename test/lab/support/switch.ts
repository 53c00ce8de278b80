import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP address in front of another one that can be taken away: connections are cut, new ones refused. */
export class Switch {
  readonly #to: URL;
  readonly #open = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(to: string) {
    this.#to = new URL(to);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async on(): Promise<this> {
    this.#server = createServer((from) => this.#join(from));
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async off(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#open) socket.destroy();
    await closed;
  }

  #join(from: Socket): void {
    const to = connect(Number(this.#to.port), this.#to.hostname);
    from.pipe(to).pipe(from);
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      this.#open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => this.#open.delete(one) && other.destroy());
    }
  }
}
