import { type Client, ServiceError, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { DeliveryInput, OfferAnswer, OfferStatus } from '../../../src/contract/offer.ts';

interface Started {
  workflowId: string;
  memo: Record<string, unknown>;
  args: [DeliveryInput];
}

/** Offers that have no rollout, while another runs. */
const WAITS: readonly string[] = ['queued', 'superseding', 'rejected'];

/** As much of Temporal as taking a delivery needs. */
export class FakeTemporal {
  readonly started = new Map<string, Started>();
  /** What every offer answers; `never`: the delivery does not end. */
  outcome: OfferStatus | 'never' = 'started';
  reachable = true;
  /** Names of plans that are larger than it takes. */
  tooLarge: string[] = [];
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
    const { workflowId, args } = options;
    if (this.tooLarge.includes(args[0].offer.plan.name)) throw sizeExceeded();
    if (this.started.has(workflowId)) throw new WorkflowExecutionAlreadyStartedError('started', workflowId, 'delivery');
    this.started.set(workflowId, options);
    return this.handle(workflowId);
  }

  private handle(id: string) {
    return {
      result: () => this.result(id),
      describe: async () => ({ memo: this.started.get(id)?.memo, status: { name: 'COMPLETED' } }),
    };
  }

  private result(id: string): Promise<OfferAnswer> {
    const { outcome } = this;
    const [input] = this.started.get(id)?.args ?? [];
    if (outcome === 'never' || !input) return new Promise(() => {});
    const { name, namespace } = input.offer.plan;
    const about = WAITS.includes(outcome) ? { running: `${name}-7` } : { rollout: `${name}-7` };
    return Promise.resolve({ plan: name, namespace, status: outcome, ...about });
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

/** As Temporal 1.31 says it, through the client. */
function sizeExceeded(): ServiceError {
  const details = 'Blob data size exceeds limit.';
  const cause = Object.assign(new Error(`3 INVALID_ARGUMENT: ${details}`), { code: 3, details, metadata: {} });
  return new ServiceError('Failed to start Workflow', { cause });
}
