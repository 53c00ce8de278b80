/** What else a server vouches for: a mirror with all that it says, or repairs in named namespaces; each until a date. */
import type { Installation } from '../installation/index.ts';
import { personWho } from './judge.ts';
import type { RolloutTarget } from './rights.ts';
import { type Disbelieved, openAsked } from './statement.ts';

export interface Order {
  right: 'mirror' | 'repair';
  cluster: string;
  /** Name of who asks. */
  person: string;
  /** The mirror's spec; of repairs the namespaces, or `*`. */
  what: unknown;
  /** ISO 8601. */
  until: string;
}

/** @param fits it is about this one  @param atMs when it was handed in, Unix time  @returns whose it is, as far as that is proven; or why not */
export async function judgeOrder(
  statement: string | undefined,
  right: Order['right'],
  { fits, atMs, ...target }: RolloutTarget & { fits: (what: unknown) => boolean; atMs: number },
  installation: Installation,
): Promise<{ by?: string } | Disbelieved> {
  const opened = await openAsked<Order>('sluice-order', statement, installation);
  if (!opened) return {};
  if ('refused' in opened) return opened;
  const { said, server } = opened;
  if (said.right !== right || said.cluster !== target.cluster || !fits(said.what))
    return { refused: 'the statement is about something else' };
  if (!(atMs <= Date.parse(said.until))) return { refused: `the statement was good until ${said.until}` };
  const person = personWho(said.person, [right], target, server, installation);
  return 'refused' in person ? person : { by: said.person };
}
