/** What people are to be told is handed over to the notices of the plan, one after the other; no step but the last waits for it. */
import { CancellationScope, condition, log } from '@temporalio/workflow';
import { type ClosedQuestion, noticeView, type PlanGeneration, recipientsOf } from '../../contract/notice.ts';
import type { Plan } from '../../contract/plan.ts';
import { HAND_OVER_MS } from '../../contract/time-limits.ts';
import type { RolloutView } from '../../contract/view.ts';
import { controlActivities } from '../activities.ts';
import type { RolloutState } from './state.ts';

/** For as long as it takes. */
const RETRY = { initialInterval: '1s', maximumInterval: '1 minute' };

export class RolloutNews {
  private readonly plan: () => Plan;
  private readonly state: RolloutState;
  private readonly object: PlanGeneration | undefined;
  private due = false;
  private underWay = false;
  private ended?: RolloutView;

  /** @param object absent: the plan is from a file */
  constructor(plan: () => Plan, state: RolloutState, object?: PlanGeneration) {
    this.plan = plan;
    this.state = state;
    this.object = object;
  }

  get recipients(): number {
    return recipientsOf(this.plan().notify).length;
  }

  /** Everything that was to be told is handed over. */
  get isTold(): boolean {
    return !this.underWay;
  }

  /** Questions have changed. @param closed the one that is not open any more */
  tell(closed?: ClosedQuestion): void {
    if (this.recipients === 0 && !this.object) return;
    if (closed) this.state.closed.push(closed);
    this.due = true;
    if (!this.underWay)
      this.handOver().catch((error) => log.error('news were not handed over', { error: String(error) }));
  }

  /** It has ended; resolves when that is handed over. */
  async end(view: RolloutView): Promise<void> {
    this.ended = view;
    this.tell();
    await condition(() => this.isTold);
  }

  private async handOver(): Promise<void> {
    this.underWay = true;
    try {
      while (this.due) {
        this.due = false;
        const { ended } = this;
        this.ended = undefined;
        await CancellationScope.nonCancellable(() => this.handOverOnce(ended ?? this.state.view, ended !== undefined));
      }
    } finally {
      this.underWay = false;
    }
  }

  private async handOverOnce(view: RolloutView, ended: boolean): Promise<void> {
    const closed = [...this.state.closed];
    const { notify, needsYou } = this.plan();
    const summary = ended ? 'send the analysis result' : 'say what people are asked';
    await controlActivities(summary, { startToCloseTimeout: HAND_OVER_MS, retry: RETRY }).handOverNews({
      at: Date.now(),
      notify,
      againMs: needsYou.againMs,
      view: noticeView(view, ended),
      closed,
      ended,
      ...(this.object && { object: this.object }),
    });
    this.state.closed.splice(0, closed.length);
  }
}
