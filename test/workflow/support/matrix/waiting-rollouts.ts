/** Rollouts that wait for somebody: where a verb has a meaning. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { ActionVerb } from '../../../../src/contract/action.ts';
import type { Plan } from '../../../../src/contract/plan.ts';
import { offered, vouched } from '../../../support/authority.ts';
import { offerFor, planFor } from '../../../support/plan.ts';
import type { RightOutcome } from '../../../support/rights-table.ts';
import type { Served } from '../served.ts';
import type { Where } from './file.ts';

export const NEEDS: Partial<Record<ActionVerb, 'gate' | 'question'>> = {
  ...{ approve: 'gate', reject: 'gate' },
  ...{ answer: 'question', acknowledge: 'question', retry: 'question' },
} as const;

/** After these another rollout is needed. */
export const ENDING: readonly ActionVerb[] = ['abort', 'reject', 'promote', 'answer', 'retry'];

export class WaitingRollouts {
  /** By plan and what they wait at. */
  private readonly waiting = new Map<string, Plan>();
  private readonly served: Served;

  constructor(served: Served) {
    this.served = served;
  }

  /** One at which the verb can be done; made when there is none. */
  async for(verb: ActionVerb, { namespace, name }: Where): Promise<Plan> {
    const kind = NEEDS[verb] ?? 'weight';
    const key = `${namespace}/${name}/${kind}`;
    const plan = this.waiting.get(key) ?? (await this.begin(kind, namespace, `${name}-${randomUUID().slice(0, 8)}`));
    this.waiting.set(key, plan);
    const { paused } = await this.served.harness.view(plan);
    if (kind === 'weight' && (paused !== undefined) !== (verb === 'resume'))
      await this.root(plan, paused ? 'resume' : 'pause');
    return plan;
  }

  private async begin(kind: 'weight' | 'gate' | 'question', namespace: string, name: string): Promise<Plan> {
    const { world, harness } = this.served;
    const gate = { before: 'traffic' as const, from: [], count: 50, notInitiator: false, onExpiry: 'hold' as const };
    const changes = { weight: { mirror: undefined }, gate: { mirror: undefined, approvals: [gate] }, question: {} }[
      kind
    ];
    const plan = planFor(name, { namespace, ...changes });
    world.stuck.add('checkInterval live');
    if (kind === 'question') world.verdicts = ['noAnswer', 'noAnswer', 'noAnswer'];
    await harness.offer(await offered(offerFor(plan), 'root', harness.cluster, this.served.vouching));
    await harness.until(plan, (view) => (kind === 'weight' ? view.route.canary === 20 : view.needsYou !== undefined));
    return plan;
  }

  /** Somebody who may do everything does it. */
  async root(plan: Plan, verb: ActionVerb): Promise<void> {
    const actor = { name: 'root', channel: 'raw' };
    const { harness, vouching } = this.served;
    const { rollout } = await harness.view(plan);
    const action = { id: randomUUID(), verb, rollout, actor };
    await harness.act(plan, verb, await vouched(action, plan, harness.cluster, vouching));
  }

  /** Over a rollout that has ended nobody can do harm, and who may is said before that. */
  async runAndEnd({ namespace, name }: Where): Promise<void> {
    const { harness } = this.served;
    const plan = planFor(name, { namespace, mirror: undefined });
    await harness.offer(await offered(offerFor(plan), 'root', harness.cluster, this.served.vouching));
    await harness.until(plan, ({ route }) => route.canary === 20);
    await this.root(plan, 'abort');
    await harness.handle(plan).result();
  }

  /** How the last action was taken. */
  async ended(verb: ActionVerb, plan: Plan): Promise<RightOutcome> {
    if (ENDING.includes(verb)) for (const [key, one] of this.waiting) if (one === plan) this.waiting.delete(key);
    const { actions } = await this.served.harness.view(plan);
    expect(actions.at(-1)?.verb).toBe(verb);
    return actions.at(-1)?.verified === 'verified' ? 'proven' : 'unproven';
  }
}
