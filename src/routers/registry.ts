import type { Router, RouterAbilities } from './contract.ts';
import { gatewayApiRouter } from './gateway-api/index.ts';
import { istioRouter } from './istio/index.ts';
import { serviceRouter } from './service/index.ts';

/** A new router is its folder and one entry here. */
export const ROUTERS: readonly Router[] = [istioRouter, gatewayApiRouter, serviceRouter];

/** Every kind of route that a plan can name. */
export const ROUTE_KINDS = ROUTERS.flatMap(({ kinds }) => Object.keys(kinds));
/** Every one that can carry a mirror for its own sake. */
export const MIRROR_KINDS = ROUTE_KINDS.filter((kind) => routerOf({ kind }).mirror !== undefined);

/** @throws RangeError for a kind that no router knows */
export function routerOf({ kind }: { kind: string }): Router {
  const router = ROUTERS.find(({ kinds }) => Object.hasOwn(kinds, kind));
  if (!router) throw new RangeError(`no router knows routes of kind ${kind}`);
  return router;
}

/** What a kind of route can do. */
export function can(kind: string): RouterAbilities {
  return routerOf({ kind }).can(kind);
}

export type { RouterAbilities };
