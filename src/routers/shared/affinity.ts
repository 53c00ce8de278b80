/** Session affinity, the same for every router: its cookie, and the names of the rules that we make for it. Pure. */
import type { AffinityIntent } from '../../contract/intent.ts';
import type { AffinityPlan } from '../../contract/plan.ts';
import type { TargetPlan } from '../../contract/plan-parts.ts';

/** @throws RangeError when an intent keeps users by a cookie that the plan does not name */
export function affinityPlanOf(plan: TargetPlan): AffinityPlan {
  if (plan.affinity) return plan.affinity;
  throw new RangeError(`plan ${plan.namespace}/${plan.name} has no affinity, so no route can keep users by a cookie`);
}

/** The alternatives of a rule: one that takes everything when it names none. */
export function alternativesOf<M extends object>(matches: unknown, everything: M): M[] {
  return Array.isArray(matches) && matches.length > 0 ? (matches as M[]) : [everything];
}

/**
 * A regular expression (RE2, matched against the whole header) for a `Cookie` header that carries this very cookie, alone or
 * among others. Format of the header: RFC 6265 section 4.2.
 */
export function cookiePattern(cookie: string, value: string): string {
  return `(?:.*;\\s*)?${escapeRegExp(`${cookie}=${value}`)}(?:;.*)?`;
}

/** The `Set-Cookie` of the canary's answers (`keep`) or of the answer that takes the cookie away (`expire`, Max-Age=-1). */
export function setCookie(plan: AffinityPlan, { phase, value }: AffinityIntent): string {
  const { cookie, maxAgeS, path, domain, sameSite, secure, httpOnly } = plan;
  const attributes = [
    `${cookie}=${value}`,
    `Max-Age=${phase === 'keep' ? maxAgeS : -1}`,
    `Path=${path}`,
    domain && `Domain=${domain}`,
    sameSite && `SameSite=${sameSite}`,
    secure && 'Secure',
    httpOnly && 'HttpOnly',
  ];
  return attributes.filter(Boolean).join('; ');
}

/** Whether a `Set-Cookie` was made by `setCookie` for a rollout of this plan, whichever rollout, cookie and attributes. */
export function isSetCookieOf(plan: string, text: string): boolean {
  const value = /^[^\s=;]+=([^\s=;]+); Max-Age=(?:-1|\d+); Path=/.exec(text)?.[1];
  return value?.startsWith(`${plan}-`) === true && /^\d+$/.test(value.slice(plan.length + 1));
}

/** The value of our cookie in a pattern made by `cookiePattern`; undefined for any other text. */
export function valueOfPattern(cookie: string, pattern: string): string | undefined {
  const [, after = ''] = pattern.split(escapeRegExp(`${cookie}=`), 2);
  const value = /^[a-z0-9\\.-]+/.exec(after)?.[0].replaceAll('\\', '');
  return value !== undefined && cookiePattern(cookie, value) === pattern ? value : undefined;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
