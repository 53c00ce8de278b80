/** Authority: people prove themselves to a server, servers vouch with a statement, the worker judges. No I/O. */
export { judge } from './judge.ts';
export { newKey, readKey, type ServerKey } from './keys.ts';
export type { RolloutTarget } from './rights.ts';
export { vouch } from './statement.ts';
export { type Holder, holder, holderOf, newToken, tokenHash } from './tokens.ts';
