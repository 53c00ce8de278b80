/** @param beside it comes with what was told before; otherwise it takes the place of all of it */
export type Tell<News> = (news: News, beside?: boolean) => void;

/** Tells what is new until `over`; it ends no sooner, whatever fails. */
type Source<News> = (key: string, tell: Tell<News>, over: AbortSignal) => Promise<void>;

interface Watched<News> {
  listeners: Set<(news: News) => void>;
  /** What was told last, for who comes later. */
  told: News[];
  over: AbortController;
}

/** One source for all who watch the same: it begins with the first of them and ends with the last. */
export class Shared<News> {
  readonly #source: Source<News>;
  readonly #watched = new Map<string, Watched<News>>();

  constructor(source: Source<News>) {
    this.#source = source;
  }

  /** @returns what ends it */
  watch(key: string, listener: (news: News) => void): () => void {
    const watched = this.#watched.get(key) ?? this.#begin(key);
    watched.listeners.add(listener);
    for (const news of watched.told) listener(news);
    return () => {
      if (!watched.listeners.delete(listener) || watched.listeners.size > 0) return;
      watched.over.abort();
      this.#watched.delete(key);
    };
  }

  #begin(key: string): Watched<News> {
    const watched: Watched<News> = { listeners: new Set(), told: [], over: new AbortController() };
    this.#watched.set(key, watched);
    const tell: Tell<News> = (news, beside) => {
      if (watched.over.signal.aborted) return;
      watched.told = beside ? [...watched.told.slice(0, 1), news] : [news];
      for (const listener of watched.listeners) listener(news);
    };
    void this.#source(key, tell, watched.over.signal);
    return watched;
  }
}
