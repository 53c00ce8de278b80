/** `…/doctor`: whether a plan could be rolled out, as far as this server may look. */

import { planHash } from '../../authority/index.ts';
import type { Plan } from '../../contract/plan.ts';
import type { Section } from '../../contract/preflight.ts';
import type { InstallationFile } from '../../installation/index.ts';
import { HttpError } from '../http-error.ts';

export interface Diagnosis {
  /** `NAMESPACE/PLAN` */
  plan: string;
  verdict: 'fine' | 'refused';
  sections: Section[];
}

const KEPT_MS = 30_000;
const LONGEST_MS = 30_000;
const AT_ONCE = 4;

export class Doctor {
  readonly #deps: { installation: InstallationFile; kubeconfig?: string };
  readonly #known = new Map<string, { until: number; answer: Promise<Diagnosis> }>();
  #running = 0;

  constructor(deps: { installation: InstallationFile; kubeconfig?: string }) {
    this.#deps = deps;
  }

  /** Asks once for all who want to know meanwhile. @throws HttpError 429 too many are asked at once, 503 nobody answers */
  examine(plan: Plan): Promise<Diagnosis> {
    const key = planHash(plan);
    const now = Date.now();
    for (const [one, { until }] of this.#known) if (until <= now) this.#known.delete(one);
    const known = this.#known.get(key);
    if (known) return known.answer;
    if (this.#running >= AT_ONCE) throw new HttpError(429, BUSY);
    this.#running += 1;
    const answer = this.#ask(plan).finally(() => {
      this.#running -= 1;
    });
    answer.catch(() => this.#known.delete(key));
    this.#known.set(key, { until: now + KEPT_MS, answer });
    return answer;
  }

  async #ask(plan: Plan): Promise<Diagnosis> {
    // what it needs of a cluster is loaded by those who ask alone
    const { examine } = await import('../../worker/examine.ts');
    const sections = await examine({ plan, ...this.#deps }, AbortSignal.timeout(LONGEST_MS)).catch((error: Error) => {
      const remedy = 'sluice doctor asks with your own rights';
      const message = `cluster or metrics do not answer this server (${error.message})`;
      throw new HttpError(503, { code: 'cluster-away', message, remedy, retryAfter: 30 });
    });
    const isRefused = sections.some(({ problems }) => problems.length > 0);
    return { plan: `${plan.namespace}/${plan.name}`, verdict: isRefused ? 'refused' : 'fine', sections };
  }
}

const BUSY = { code: 'busy', message: 'other plans are being looked at', remedy: 'send it again', retryAfter: 5 };
