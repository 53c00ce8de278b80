/** Who offers revisions, acts on a rollout, and comes at the end to answer what is asked. */
import type { Action, ActionAnswer, ActionVerb } from '../../src/contract/action.ts';
import { AT_REST } from '../../src/contract/intent.ts';
import { actionUpdate, offerUpdate, viewQuery } from '../../src/contract/messages.ts';
import type { Offer, OfferAnswer } from '../../src/contract/offer.ts';
import type { RolloutView } from '../../src/contract/view.ts';
import type { Violation } from './invariants.ts';
import type { Happening } from './script.ts';
import type { ModelStage } from './stage.ts';

const CARE_MS = 30_000;

export class People {
  /** Epochs in which a person skipped weights. */
  readonly jumped = new Set<number>();
  /** `<epoch> <object>` that a person leaves as it is. */
  readonly left = new Set<string>();
  /** When people took an object that was made anew, or had theirs written over another's. */
  readonly adopted: number[] = [];
  private readonly acted = new Set<string>();
  private asked = 0;
  private readonly stage: ModelStage;
  private readonly broken: (violation: Violation) => void;

  constructor(stage: ModelStage, broken: (violation: Violation) => void) {
    this.stage = stage;
    this.broken = broken;
  }

  act({ verb, id, by, proven, stale, weight, question, answer }: Extract<Happening, { kind: 'action' }>): void {
    if (!this.stage.engine.running) return;
    const action: Action = {
      id,
      verb,
      actor: { name: by, channel: 'cli', ...(proven && { statement: 'good' }) },
      ...(stale && { rollout: 'shop-0' }),
      ...(verb === 'set-weight' && { weight }),
      ...(question && { question }),
      ...(answer && { answer }),
    };
    const repeated = this.acted.has(id);
    this.acted.add(id);
    this.stage.engine.update<ActionAnswer>(actionUpdate.name, [action], (outcome) => {
      this.stage.note(`${verb} ${id}: ${JSON.stringify(outcome)}`);
      const accepted = 'result' in outcome && outcome.result.accepted;
      if (accepted && answer === 'leave-it')
        this.left.add(`${this.stage.world.cluster.epoch} ${question?.split('/').at(-2)}`);
      if (accepted && (answer === 'adopt' || answer === 'retry')) this.adopted.push(this.stage.agenda.now);
      if (accepted && (verb === 'promote' || verb === 'set-weight')) this.jumped.add(this.stage.world.cluster.epoch);
      if (accepted && stale && !repeated) this.broken({ invariant: 'I7', what: `${verb} ${id} was stale` });
    });
  }

  /** As a delivery does: starts the workflow or reaches the running one, again when the run gave way. */
  offer(image: string, id: string): void {
    const receivedAt = new Date(this.stage.agenda.now).toISOString();
    const event = { source: 'model', deliveryId: id, receivedAt, image, by: 'ci' };
    this.deliver({ id: `model/${id}`, plan: this.stage.plan, event });
  }

  repair(): void {
    const id = `${this.stage.seed}-repair-${this.stage.agenda.now}`;
    const receivedAt = new Date(this.stage.agenda.now).toISOString();
    this.deliver({
      id,
      plan: this.stage.plan,
      kind: 'repair',
      event: { source: 'reconcile', deliveryId: id, receivedAt },
    });
  }

  private deliver(offer: Offer): void {
    this.stage.todo.push(async () => {
      if (!this.stage.engine.running) await this.stage.engine.start({ cluster: 'model', offer });
      this.stage.engine.update<OfferAnswer>(offerUpdate.name, [offer], (outcome) => {
        this.stage.note(`offer ${offer.event.image ?? offer.kind}: ${JSON.stringify(outcome)}`);
        const again = !('result' in outcome) || outcome.result.again;
        if (again) this.stage.agenda.in(1_000, () => this.deliver(offer));
      });
    });
  }

  /** Answers what is asked, and repairs what no rollout looks after, again and again. */
  care(everyMs = CARE_MS): void {
    this.stage.todo.push(async () => {
      if (this.stage.engine.running) await this.answerQuestions();
      else if (!this.atRest()) this.repair();
    });
    this.stage.agenda.in(everyMs, () => this.care(everyMs));
  }

  private atRest(): boolean {
    const { route, canary } = this.stage.world.cluster;
    return route.canary === AT_REST.canary && route.mirror === 0 && canary.replicas === 0;
  }

  private async answerQuestions(): Promise<void> {
    const { questions, paused } = await this.stage.engine.query<RolloutView>(viewQuery.name);
    const id = `${this.stage.seed}-care-${this.stage.agenda.now}`;
    const by = `zoe${this.stage.agenda.now}`;
    const act = (verb: ActionVerb, n: number, more: object = {}) =>
      this.act({ kind: 'action', verb, id: `${id}-${n}`, by, proven: true, ...more });
    if (paused) act('resume', 0);
    questions.forEach((question, n) => {
      // people try one thing after the other
      const answers = [...Object.keys(question.answers), 'abort'];
      const answer = answers[this.asked % answers.length];
      this.asked += 1;
      if (question.gate) act('approve', n + 1);
      else if (answer === 'abort') act('abort', n + 1);
      else act('answer', n + 1, { question: question.id, answer });
    });
  }
}
