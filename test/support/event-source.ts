/** A page that listens to server-sent events, as far as tests need it. */

export interface HeardEvent {
  event: string;
  id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: each event has its own
  data: any;
}

export class EventSource {
  readonly status: number;
  readonly heard: HeardEvent[] = [];
  /** Comments that show that it lives. */
  beats = 0;
  /** The server has ended it. */
  isOver = false;
  readonly #abort: AbortController;

  private constructor(response: Response, abort: AbortController) {
    this.status = response.status;
    this.#abort = abort;
    void this.#listen(response).finally(() => {
      this.isOver = true;
    });
  }

  static async open(url: string, headers: Record<string, string>): Promise<EventSource> {
    const abort = new AbortController();
    return new EventSource(await fetch(url, { headers, signal: abort.signal }), abort);
  }

  get last(): HeardEvent | undefined {
    return this.heard.at(-1);
  }

  of(event: string): HeardEvent[] {
    return this.heard.filter((one) => one.event === event);
  }

  close(): void {
    this.#abort.abort();
  }

  async #listen(response: Response): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) this.#read(part);
      }
    } catch {
      // closed here
    }
  }

  #read(part: string): void {
    if (part === ':') this.beats += 1;
    const fields = new Map(part.split('\n').map((line) => [line.split(': ')[0] ?? '', line.replace(/^\w+: /, '')]));
    const [event, data] = [fields.get('event'), fields.get('data')];
    if (event && data) this.heard.push({ event, id: fields.get('id'), data: JSON.parse(data) });
  }
}
