/** Who watches what: sources are shared, streams are counted by person, and whoever watches is proven again with everything they are told. */
import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Holder, RolloutTarget } from '../../authority/index.ts';
import { type ListEntry, pageRollouts, type RolloutFilter } from '../../steering/index.ts';
import { reason } from '../../temporal/calls.ts';
import { NO_ROLLOUT, workflowOf } from '../api/read-rollout.ts';
import { HttpError } from '../http-error.ts';
import { EventStream, type ServerEvent } from './event-stream.ts';
import { followRollout, type RolloutTold } from './follow-rollout.ts';
import { pause } from './pause.ts';
import { Shared, type Tell } from './shared.ts';

export const MOST_OF_A_PERSON = 32;
/** Of the connections that the port takes, some are for others. */
const MOST = 400;
const BEAT_MS = 15_000;
/** After it a page asks again, with what it has seen. */
const LONGEST_MS = 5 * 60_000;
const RETRY_MS = 2_000;
const LIST_MS = 3_000;
const LISTED = 200;

/** Whoever asks, as they are now; undefined: they are nobody any more. */
type Again = () => Promise<Holder | undefined>;

export interface Watcher {
  holder: Holder;
  again: Again;
  /** `Last-Event-ID`. */
  last?: string;
}

type ListNews = { entries: ListEntry[] } | { trouble: string };

export class LiveStreams {
  readonly #rollouts: Shared<RolloutTold>;
  readonly #lists: Shared<ListNews>;
  readonly #streams = new Map<EventStream, string>();

  constructor(client: Client) {
    this.#rollouts = new Shared((id, tell, over) => followRollout(client, id, tell, over));
    this.#lists = new Shared((filter, tell, over) => followList(client, JSON.parse(filter), tell, over));
  }

  /** @throws HttpError 404 there is no such rollout, 429 they watch too much */
  async rollout(target: RolloutTarget, watcher: Watcher): Promise<Response> {
    const stream = this.#open(watcher);
    const isMissing = Promise.withResolvers<boolean>();
    const sender = new Sender(stream, watcher, (holder) => holder.may('view', target));
    const stop = this.#rollouts.watch(workflowOf(target), (news) => {
      isMissing.resolve(news.event === 'missing');
      if (news.event !== 'missing') sender.send(() => news);
    });
    stream.onEnd(() => {
      stop();
      isMissing.resolve(false);
    });
    if (!(await isMissing.promise)) return stream.response(RETRY_MS);
    stream.end();
    throw new HttpError(404, NO_ROLLOUT);
  }

  /** @throws HttpError 429 they watch too much */
  list(filter: RolloutFilter, watcher: Watcher): Response {
    const stream = this.#open(watcher);
    const sender = new Sender(stream, watcher, () => true);
    const stop = this.#lists.watch(JSON.stringify(filter), (news) => sender.send((holder) => listed(news, holder)));
    stream.onEnd(stop);
    return stream.response(RETRY_MS);
  }

  /** Ends every stream, so that a server may end. */
  close(): void {
    for (const stream of [...this.#streams.keys()]) stream.end();
  }

  #open({ holder: { person } }: Watcher): EventStream {
    const own = [...this.#streams.values()].filter((name) => name === person.name).length;
    if (own >= MOST_OF_A_PERSON || this.#streams.size >= MOST) {
      const message = own >= MOST_OF_A_PERSON ? `${person.name} watches ${own} streams` : 'too many watch';
      const remedy = 'close pages, or ask without /events';
      throw new HttpError(429, { code: 'too-many-streams', message, remedy, retryAfter: 10 });
    }
    const stream = new EventStream();
    this.#streams.set(stream, person.name);
    const beat = setInterval(() => stream.beat(), BEAT_MS);
    const end = setTimeout(() => stream.end(), LONGEST_MS);
    stream.onEnd(() => {
      clearInterval(beat);
      clearTimeout(end);
      this.#streams.delete(stream);
    });
    return stream;
  }
}

/** In order, and only while they may see it; what they have seen already is not sent. */
class Sender {
  readonly #stream: EventStream;
  readonly #watcher: Watcher;
  readonly #mayStill: (holder: Holder) => boolean;
  readonly #seen = new Map<string, string>();
  #before: Promise<void> = Promise.resolve();

  constructor(stream: EventStream, watcher: Watcher, mayStill: (holder: Holder) => boolean) {
    this.#stream = stream;
    this.#watcher = watcher;
    this.#mayStill = mayStill;
  }

  send(make: (holder: Holder) => ServerEvent): void {
    this.#before = this.#before.then(async () => {
      const holder = await this.#watcher.again().catch(() => undefined);
      if (!holder || !this.#mayStill(holder)) return this.#stream.end();
      const event = make(holder);
      const { id } = event;
      const isSeen = id !== undefined && id === (this.#seen.get(event.event) ?? this.#watcher.last);
      if (id !== undefined) this.#seen.set(event.event, id);
      if (!isSeen) this.#stream.send(event);
    });
  }
}

function listed(news: ListNews, { may }: Holder): ServerEvent {
  if ('trouble' in news) return { event: 'trouble', data: { message: news.trouble } };
  const data = { rollouts: news.entries.filter((entry) => may('view', entry)) };
  const id = createHash('sha256').update(JSON.stringify(data)).digest('base64url').slice(0, 22);
  return { event: 'rollouts', id, data };
}

/** The newest of those that are meant, again and again. */
async function followList(
  client: Client,
  filter: RolloutFilter,
  tell: Tell<ListNews>,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const look = pageRollouts(client, filter, { limit: LISTED }, () => true);
    tell(await look.catch((error) => ({ trouble: `Temporal does not answer (${reason(error)})` })));
    await pause(LIST_MS, over);
  }
}
