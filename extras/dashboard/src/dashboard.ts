/** From a request to a page. Nothing is kept between two of them. */
import type { ExtensionHost, ServerExtension, Session } from 'sluice/server';
import { readForm } from './act.ts';
import { Api, Refused } from './ask-api.ts';
import { type Assets, answerAsset } from './assets.ts';
import { answerPage } from './document.tsx';
import { historyPage, listPage, problemPage, rolloutPage } from './pages.tsx';
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
      if (!session)
        return seeOther(
          `/login?to=${encodeURIComponent(page.kind === 'actions' ? pathOf(page.place) : url.pathname + url.search)}`,
        );
      const api = new Api(host, request);
      try {
        return await answer({ page, request, url, session, api, assets });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (error.status === 401) return seeOther(`/login?to=${encodeURIComponent(url.pathname)}`);
        return answerPage(problemPage(page, error), session, assets);
      }
    },
  };
}

interface Asked {
  page: Page;
  request: Request;
  url: URL;
  session: Session;
  api: Api;
  assets: Assets;
}

async function answer(asked: Asked): Promise<Response> {
  const { page, url, session, api, assets } = asked;
  const ask = { api, session, query: url.searchParams, nowMs: Date.now() };
  switch (page.kind) {
    case 'list':
      return answerPage(await listPage(ask), session, assets);
    case 'history':
      return answerPage(await historyPage(ask, page.place), session, assets);
    case 'rollout':
      return answerPage(await rolloutPage(ask, page.place), session, assets);
    case 'actions':
      return act(asked, page.place);
  }
}

/** Sent: back to the page by a GET, so that a reload sends nothing. Refused: the page, with the reason. */
async function act({ request, session, api, assets }: Asked, place: Place): Promise<Response> {
  const { action, csrf } = readForm(await request.formData(), place);
  try {
    await api.act(place, action, csrf);
  } catch (error) {
    if (!(error instanceof Refused) || error.status === 401) throw error;
    const ask = { api, session, query: new URLSearchParams(), nowMs: Date.now() };
    return answerPage(await rolloutPage(ask, place, error), session, assets);
  }
  return seeOther(`${pathOf(place)}?${new URLSearchParams({ sent: action.verb, id: action.id })}`);
}

function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });
}
