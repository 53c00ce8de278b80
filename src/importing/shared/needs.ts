/** Parts of a plan that some sources need and this version may lack: a refusal says which one. */
import { ROUTE_KINDS } from '../../routers/registry.ts';

const NEEDS = {
  service: {
    message: 'there is no mesh and no Gateway here, and this version routes by those alone',
    remedy: 'put an HTTPRoute or a VirtualService in front, or wait for routes of kind Service',
  },
  match: {
    message: 'users are chosen by a header or a cookie, and this version has no stage for that',
    remedy: 'use weights, or wait for stages with a match',
  },
  keda: {
    message: 'a ScaledObject of KEDA scales the pair, and this version sets bounds of a HorizontalPodAutoscaler alone',
    remedy: 'scale by a HorizontalPodAutoscaler, or wait for ScaledObjects',
  },
} as const;

export type Need = keyof typeof NEEDS;

export function needed(need: Need): { message: string; remedy: string } {
  return NEEDS[need];
}

/** What this version's plans can say. A new part is switched on here. */
export const ABILITIES: ReadonlySet<Need> = new Set(ROUTE_KINDS.includes('Service') ? ['service'] : []);
