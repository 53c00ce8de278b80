/** Server-sent events (HTML, 9.2) to one page. What it is told is how things stand, so that of one kind only the newest waits. */

export interface ServerEvent {
  /** Name of the event. */
  event: string;
  /** What `Last-Event-ID` brings back; absent: it is told anew after a break. */
  id?: string;
  data: unknown;
}

const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };
const encoder = new TextEncoder();

export class EventStream {
  /** By kind, in the order in which they came first. */
  readonly #waiting = new Map<string, string>();
  readonly #ended: (() => void)[] = [];
  #wake: () => void = () => {};
  #isOver = false;

  /** Answers with what comes. @param retryMs after which a page comes again */
  response(retryMs: number): Response {
    this.#waiting.set('', `retry: ${retryMs}\n\n`);
    const body = new ReadableStream<Uint8Array>(
      { pull: (controller) => this.#pull(controller), cancel: () => this.end() },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: HEADERS });
  }

  send({ event, id, data }: ServerEvent): void {
    // JSON has no line breaks of its own
    const lines = [`event: ${event}`, ...(id === undefined ? [] : [`id: ${id}`]), `data: ${JSON.stringify(data)}`];
    this.#put(event, `${lines.join('\n')}\n\n`);
  }

  /** Shows that it lives, when nothing else does. */
  beat(): void {
    if (this.#waiting.size === 0) this.#put('', ':\n\n');
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#wake();
    for (const tell of this.#ended) tell();
  }

  /** Called once, whoever ended it. */
  onEnd(tell: () => void): void {
    if (this.#isOver) tell();
    else this.#ended.push(tell);
  }

  #put(kind: string, text: string): void {
    this.#waiting.set(kind, text);
    this.#wake();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#waiting.size === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#waiting.size === 0) return controller.close();
    controller.enqueue(encoder.encode([...this.#waiting.values()].join('')));
    this.#waiting.clear();
  }
}
