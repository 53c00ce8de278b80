/** What the pages ask the API, as whoever asks for the page. */
import { cleanDeep } from 'sluice/contract';
import type { ExtensionHost, Health, Interval, PastRollout, Rollout, Rollouts } from 'sluice/server';
import { type ApiRefusal, pathOf } from './parts/data.ts';
import type { Place } from './place.ts';

/** The API's refusal. */
export class RefusedByApi extends Error {
  readonly status: number;
  readonly refusal: ApiRefusal;

  constructor(status: number, refusal: ApiRefusal) {
    super(refusal.title);
    this.name = 'RefusedByApi';
    this.status = status;
    this.refusal = refusal;
  }
}

/** What a person wants done, as the API takes it. */
export interface AskedAction {
  id: string;
  verb: string;
  [field: string]: string | number | undefined;
}

export class Api {
  readonly #host: ExtensionHost;
  readonly #from: Request;

  /** @param from the browser's request: who asks */
  constructor(host: ExtensionHost, from: Request) {
    this.#host = host;
    this.#from = from;
  }

  rollouts(query: Record<string, string | undefined>): Promise<Rollouts> {
    return this.#get('/rollouts', query);
  }

  rollout(place: Place, run?: string): Promise<Rollout> {
    return this.#get(pathOf(place), { run });
  }

  async intervals(place: Place, run?: string): Promise<Interval[]> {
    const { intervals } = await this.#get<{ intervals: Interval[] }>(`${pathOf(place)}/intervals`, { run });
    return intervals;
  }

  history({ cluster, namespace, plan }: Place, page?: string): Promise<{ rollouts: PastRollout[]; next?: string }> {
    const path = `/plans/${encodeURIComponent(namespace)}/${encodeURIComponent(plan)}/rollouts`;
    return this.#get(path, { cluster, page });
  }

  /** Queues with no worker. */
  async unpolled(): Promise<string[]> {
    return (await this.#get<Health>('/installation/health', {})).unpolled;
  }

  /** @throws RefusedByApi when nothing was changed */
  async act(place: Place, action: AskedAction, csrf: string | undefined): Promise<void> {
    const headers = { 'content-type': 'application/json', ...(csrf && { 'x-csrf-token': csrf }) };
    await this.#ask(`${pathOf(place)}/actions`, { method: 'POST', headers, body: JSON.stringify(action) });
  }

  #get<T>(path: string, query: Record<string, string | undefined>): Promise<T> {
    const given = Object.entries(query).filter((one): one is [string, string] => one[1] !== undefined);
    const text = new URLSearchParams(given).toString();
    return this.#ask<T>(text ? `${path}?${text}` : path, {});
  }

  async #ask<T>(path: string, init: RequestInit): Promise<T> {
    const answer = await this.#host.api(new Request(new URL(`/api/v1${path}`, this.#from.url), init), this.#from);
    const body: unknown = cleanDeep(await answer.json().catch(() => undefined));
    const { title, remedy, accepted, message } = Object(body) as Partial<
      ApiRefusal & { accepted: boolean; message: string }
    >;
    if (!answer.ok)
      throw new RefusedByApi(answer.status, { title: title ?? `The API answers ${answer.status}.`, remedy });
    if (accepted === false) throw new RefusedByApi(409, { title: message ?? 'It was refused.' });
    return body as T;
  }
}
