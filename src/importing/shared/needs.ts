/** Parts of a plan that some sources need and this version may lack: a refusal says which one. */
import { ROUTE_KINDS } from '../../routers/registry.ts';

const NEEDS = {
  service: {
    message: 'there is no mesh and no Gateway here, and this version routes by those alone',
    remedy: 'put an HTTPRoute or a VirtualService in front, or wait for routes of kind Service',
    there: ROUTE_KINDS.includes('Service'),
  },
  match: {
    message: 'users are chosen by a header or a cookie, and this version has no stage for that',
    remedy: 'use weights, or wait for stages with a match',
    there: true,
  },
  keda: {
    message: 'a ScaledObject of KEDA scales the pair, and this version sets bounds of a HorizontalPodAutoscaler alone',
    remedy: 'scale by a HorizontalPodAutoscaler, or wait for ScaledObjects',
    there: false,
  },
};

export type Need = keyof typeof NEEDS;

export function needed(need: Need): { message: string; remedy: string } {
  const { message, remedy } = NEEDS[need];
  return { message, remedy };
}

/** What this version's plans can say: a new part is switched on by its `there`. */
export const ABILITIES: ReadonlySet<string> = new Set(
  Object.entries(NEEDS).flatMap(([need, { there }]) => (there ? [need] : [])),
);
