/** Who asks in Slack: known by ids alone, never by a name, which people may change. */
import { createHash } from 'node:crypto';
import { type Holder, holder } from '../../authority/index.ts';
import type { Person } from '../../installation/index.ts';

export interface SlackUser {
  enterprise?: string;
  team: string;
  user: string;
  /** Of this request, so that the same one again has one effect. */
  id: string;
  /** Where later answers go. */
  responseUrl?: string;
}

const ID = /^[A-Z0-9]{1,32}$/;
type Fields = Record<'enterprise' | 'team' | 'user' | 'trigger' | 'url', unknown>;

/** `trigger` differs for each request. @returns undefined when nobody asks */
export function readUser({ enterprise, team, user, trigger, url }: Fields): SlackUser | undefined {
  if (typeof team !== 'string' || typeof user !== 'string' || !ID.test(team) || !ID.test(user)) return undefined;
  const hash = createHash('sha256').update(`${team} ${user} ${trigger}`).digest('hex');
  const more = {
    ...(enterprise ? { enterprise: String(enterprise) } : {}),
    ...(url ? { responseUrl: String(url) } : {}),
  };
  return { team, user, id: `slack-${hash.slice(0, 32)}`, ...more };
}

/** Nobody, when the ids are those of several. */
export function whoIs({ user, ...given }: SlackUser, people: readonly Person[]): Holder | undefined {
  const fits = (known: string | undefined, id: string | undefined) => known === undefined || known === id;
  const [found, other] = people.filter(({ slack }) =>
    slack.some((one) => one.user === user && fits(one.team, given.team) && fits(one.enterprise, given.enterprise)),
  );
  return found && !other ? holder(found) : undefined;
}
