/** `/plans`: what this server could roll out, and what became of it. */
import type { Client } from '@temporalio/client';
import { planHash } from '../../authority/index.ts';
import { viewQuery } from '../../contract/messages.ts';
import type { LoadedPlan } from '../../plan/index.ts';
import { type ListEntry, pageRollouts, takeSnapshot } from '../../steering/index.ts';
import { HttpError } from '../http-error.ts';
import { workflowOf } from './read-rollout.ts';
import type { PastRollout } from './schema/lists.ts';

export function listedPlan({ plan, file }: LoadedPlan, cluster: string) {
  return { cluster, namespace: plan.namespace, plan: plan.name, file, hash: planHash(plan) };
}

/** @throws HttpError 404 */
export function planNamed(plans: readonly LoadedPlan[], namespace: string, name: string): LoadedPlan {
  const found = plans.find(({ plan }) => plan.namespace === namespace && plan.name === name);
  if (found) return found;
  const message = `${namespace}/${name} is in no plan source of this server`;
  throw new HttpError(404, { code: 'no-plan', message, remedy: 'what there is: GET /api/v1/plans' });
}

/** Outcomes that are read once: a run that is over does not change. */
const MOST_KEPT = 1_000;

/** What became of rollouts that are over, with how they ended. */
export class Outcomes {
  readonly #client: Client;
  readonly #kept = new Map<string, Partial<PastRollout>>();

  constructor(client: Client) {
    this.#client = client;
  }

  async page(
    target: { cluster: string; namespace: string; plan: string },
    { limit, page }: { limit: number; page?: string },
  ): Promise<{ rollouts: PastRollout[]; next?: string }> {
    const id = workflowOf(target);
    const { entries, next } = await pageRollouts(this.#client, target, { limit, from: page }, () => true);
    const rollouts = await Promise.all(
      entries.map(async (entry) => ({ ...entry, ...(entry.endedAt && (await this.#read(id, entry))) })),
    );
    return { rollouts, next };
  }

  /** Nothing where its result is no more, or was none. */
  async #read(workflowId: string, { runId }: ListEntry): Promise<Partial<PastRollout>> {
    const kept = this.#kept.get(runId);
    if (kept) return kept;
    const { view } = await takeSnapshot(this.#client, viewQuery, workflowId, runId).catch(() => ({ view: undefined }));
    if (!view) return {};
    const { outcome, revision, previous, startedBy } = view;
    const { by = startedBy.source, reason } = startedBy;
    const past = { outcome, image: revision?.image, previousImage: previous?.image, by, reason };
    this.#kept.set(runId, past);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(oldest);
    }
    return past;
  }
}
