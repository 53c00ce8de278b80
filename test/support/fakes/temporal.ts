import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { DeliveryAnswer, DeliveryInput, OfferStatus } from '../../../src/contract/offer.ts';

interface Started {
  workflowId: string;
  memo: Record<string, unknown>;
  args: [DeliveryInput];
}

/** As much of Temporal as taking a delivery needs. */
export class FakeTemporal {
  readonly started = new Map<string, Started>();
  /** What every offer answers; `never`: the delivery does not end. */
  outcome: OfferStatus | 'never' = 'started';
  reachable = true;
  /** Deliveries do not return from their start until this resolves. */
  gate: Promise<void> = Promise.resolve();

  client(): Client {
    const client = {
      withDeadline: (deadline: number, work: () => Promise<unknown>) => Promise.race([work(), failAt(deadline)]),
      workflowService: { getSystemInfo: async () => this.check() },
      workflow: {
        start: (_type: string, options: Started) => this.start(options),
        getHandle: (id: string) => this.handle(id),
      },
    };
    return client as unknown as Client;
  }

  private async start(options: Started) {
    await this.gate;
    this.check();
    const { workflowId } = options;
    if (this.started.has(workflowId)) throw new WorkflowExecutionAlreadyStartedError('started', workflowId, 'delivery');
    this.started.set(workflowId, options);
    return this.handle(workflowId);
  }

  private handle(id: string) {
    return {
      result: () => this.result(id),
      query: () => this.result(id),
      describe: async () => ({ memo: this.started.get(id)?.memo, status: { name: 'COMPLETED' } }),
    };
  }

  private result(id: string): Promise<DeliveryAnswer> {
    const { outcome } = this;
    if (outcome === 'never') return new Promise(() => {});
    const [input] = this.started.get(id)?.args ?? [];
    const offers = (input?.offers ?? []).map(({ plan }) => ({
      plan: plan.name,
      namespace: plan.namespace,
      status: outcome,
      rollout: `${plan.name}-7`,
    }));
    return Promise.resolve({ delivery: input?.offers[0]?.event.deliveryId ?? '', offers });
  }

  private check(): void {
    if (!this.reachable) throw new Error('14 UNAVAILABLE: No connection established');
  }
}

function failAt(deadline: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error('4 DEADLINE_EXCEEDED')), Math.max(1, deadline - Date.now())).unref();
  });
}
