/** Authority: people prove themselves to a server, servers vouch with a statement, the worker judges. No I/O. */
export { digest as planHash } from '../kubernetes/objects/digest.ts';
export { judge } from './judge.ts';
export { newKey, readKey, type ServerKey } from './keys.ts';
export { judgeOffer, vouchForOffer } from './offers.ts';
export { judgeOrder, type Order } from './orders.ts';
export type { RolloutTarget } from './rights.ts';
export { sign, vouch } from './statement.ts';
export { type Holder, holder, holderOf, holderOfHash, newToken, tokenHash } from './tokens.ts';
