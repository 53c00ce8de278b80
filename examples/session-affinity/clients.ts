/** Clients with and without the cookie, and whether they were treated as they should be. */
import { band } from '../../test/support/statistics.ts';
import type { Asked, Reply, Row, Stage } from '../support/index.ts';

const TARGET = { host: 'reviews:9080' };
/** A cookie of somebody else that every client has. */
const OTHER = 'theme=dark';

export interface Fresh {
  row: Row;
  /** `name=value` of the cookie that each client who met v2 got. */
  cookies: string[];
}

/** New clients: a share of them meets v2, and they alone get the cookie. @param maxAge of that cookie, seconds */
export async function fresh(stage: Stage, sent: number, weight: number, maxAge: number): Promise<Fresh> {
  const asked = await stage.ask('reviews', sent, TARGET, () => ({ cookie: OTHER }));
  const { v1, v2, answers } = asked;
  const [low, high] = band(sent, weight / 100);
  const holds =
    v1.live + v2.live === sent &&
    v2.live >= low &&
    v2.live <= high &&
    answers.every((answer) => (answer.pod.startsWith('reviews-v2-') ? gets(answer, maxAge) : keeps(answer)));
  const says = `${low} to ${high} at v2; these get the cookie, nobody else`;
  const cookies = answers.flatMap(({ setCookie }) => setCookie.map((text) => text.split(';', 1)[0] ?? ''));
  return { row: stage.tellAsked(`${weight} % of new clients`, asked, holds, says), cookies };
}

/** Clients who got a cookie come again; all of them meet v2. */
export async function stay(stage: Stage, step: string, cookies: string[], times = 1): Promise<Row> {
  const sent = cookies.length * times;
  const asked = await withCookies(stage, cookies, sent);
  return stage.tellAsked(step, asked, sent > 0 && asked.v2.live === sent, 'all stay on v2');
}

/** Clients with the cookie are split like everybody. */
export async function split(stage: Stage, cookie: string, sent: number, weight: number): Promise<Row> {
  const asked = await withCookies(stage, [cookie], sent);
  const [low, high] = band(sent, weight / 100);
  const holds = asked.v2.live >= low && asked.v2.live <= high;
  return stage.tellAsked(`with the cookie at ${weight} %`, asked, holds, 'printed without the rule for it: split anew');
}

/** Clients with the cookie lose it, and meet `version`. */
export async function loseIt(stage: Stage, cookies: string[], sent: number, version: 'v1' | 'v2'): Promise<Row> {
  const asked = await withCookies(stage, cookies, sent);
  const holds = asked[version].live === sent && asked.answers.every((answer) => gets(answer, -1));
  return stage.tellAsked('the end, with the cookie', asked, holds, `${version}, and the cookie is taken away`);
}

/** New clients at the end: one version for all, no cookie. */
export async function newAtTheEnd(stage: Stage, sent: number, version: 'v1' | 'v2'): Promise<Row> {
  const asked = await stage.ask('reviews', sent, TARGET, () => ({ cookie: OTHER }));
  const holds = asked[version].live === sent && asked.answers.every(keeps);
  return stage.tellAsked('the end, new clients', asked, holds, `${version}, and no cookie`);
}

/** Clients with an old cookie are like everybody: v1, and no cookie. @param routeAsBefore part of what is shown */
export async function ignored(stage: Stage, cookies: string[], sent: number, routeAsBefore: boolean): Promise<Row> {
  const asked = await withCookies(stage, cookies, sent);
  const holds = routeAsBefore && asked.v1.live === sent && asked.answers.every(keeps);
  return stage.tellAsked('cleaned up, old cookies', asked, holds, 'the route is as before, the cookie means nothing');
}

function withCookies(stage: Stage, cookies: string[], sent: number): Promise<Asked> {
  return stage.ask('reviews', sent, TARGET, (n) => ({ cookie: `${OTHER}; ${cookies[n % cookies.length]}` }));
}

/** The answer sets our cookie, once. */
function gets({ setCookie }: Reply, maxAge: number): boolean {
  const [text = ''] = setCookie;
  return setCookie.length === 1 && text.startsWith('reviews-cookie=') && text.includes(`; Max-Age=${maxAge}`);
}

/** The answer sets no cookie. */
function keeps({ setCookie }: Reply): boolean {
  return setCookie.length === 0;
}
