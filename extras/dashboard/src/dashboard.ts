/** From a request to a page. Nothing is kept between two of them. */
import type { ExtensionHost, ServerExtension } from 'sluice/server';
import { readForm } from './act.ts';
import { Api, RefusedByApi } from './ask-api.ts';
import { type Assets, answerAsset } from './assets.ts';
import { answerPage, type Drawn } from './document.tsx';
import { historyPage, listPage, type PageRequest, problemPage, rolloutPage, standstillPage } from './pages.tsx';
import { pathOf } from './parts/data.ts';
import { type Page, type Place, pageAt } from './place.ts';

export function dashboard(host: ExtensionHost, assets: Assets): ServerExtension {
  return {
    home: '/',
    async fetch(request) {
      const url = new URL(request.url);
      const page = pageAt(url.pathname);
      if (!page) return answerAsset(assets, url.pathname);
      if (request.method !== (page.kind === 'actions' ? 'POST' : 'GET')) return undefined;
      const session = await host.session(request);
      if (!session) return toLogin(page, url);
      const ask = { api: new Api(host, request), session, query: url.searchParams, nowMs: Date.now() };
      try {
        if (page.kind === 'actions') return await act(ask, page.place, request, assets);
        return draw(await pageOf(page, ask), ask, assets);
      } catch (error) {
        if (!(error instanceof RefusedByApi)) throw error;
        if (error.status === 401) return toLogin(page, url);
        return draw(await instead(page, ask, error), ask, assets);
      }
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: what a page is drawn from is its own business
type AnyPage = Drawn<any>;

function pageOf(page: Exclude<Page, { kind: 'actions' }>, ask: PageRequest): Promise<AnyPage> {
  switch (page.kind) {
    case 'list':
      return listPage(ask);
    case 'history':
      return historyPage(ask, page.place);
    case 'rollout':
      return rolloutPage(ask, page.place);
  }
}

async function instead(page: Page, ask: PageRequest, refused: RefusedByApi): Promise<AnyPage> {
  if (refused.status === 503 && page.kind === 'rollout') return standstillPage(ask, page.place, refused);
  return problemPage(page, refused);
}

/** Sent: back to the page by a GET, so that a reload sends nothing. Refused: the page, with the reason. */
async function act(ask: PageRequest, place: Place, request: Request, assets: Assets): Promise<Response> {
  try {
    const { action, csrf } = readForm(await request.formData(), place);
    await ask.api.act(place, action, csrf);
    return seeOther(`${pathOf(place)}?${new URLSearchParams({ sent: action.verb, id: action.id })}`);
  } catch (error) {
    if (!(error instanceof RefusedByApi) || error.status === 401) throw error;
    return draw(await rolloutPage(ask, place, error), ask, assets);
  }
}

function draw(drawn: AnyPage, { session }: PageRequest, assets: Assets): Response {
  return answerPage(drawn, session, assets);
}

/** A form that was sent is not sent again by who comes back. */
function toLogin(page: Page, url: URL): Response {
  const to = page.kind === 'actions' ? pathOf(page.place) : `${url.pathname}${url.search}`;
  return seeOther(`/login?to=${encodeURIComponent(to)}`);
}

function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });
}
