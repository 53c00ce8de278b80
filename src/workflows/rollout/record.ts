/** What is known of a rollout in flight and shown of it: offer, revision, the lines of the checklist. */
import type { Target } from '../../contract/activities.ts';
import type { NewRevision, Uids } from '../../contract/detected.ts';
import { rolloutId } from '../../contract/ids.ts';
import { generationOf } from '../../contract/notice.ts';
import type { Offer } from '../../contract/offer.ts';
import type { Plan } from '../../contract/plan.ts';
import { partsOf } from '../../contract/plan-parts.ts';
import type { StepName, StepView } from '../../contract/steps.ts';
import type { RolloutView } from '../../contract/view.ts';
import type { RolloutInput } from './input.ts';
import { RolloutNews } from './news.ts';
import { publishState } from './search-attributes.ts';
import { initialState, type RolloutState } from './state.ts';

export class RolloutRecord {
  offer: Offer;
  readonly cluster: string;
  readonly state: RolloutState;
  readonly news: RolloutNews;

  constructor({ offer, cluster }: RolloutInput, state: RolloutState) {
    this.offer = offer;
    this.cluster = cluster;
    this.state = state;
    this.news = new RolloutNews(() => this.plan, state, generationOf(offer.planFile));
  }

  get plan(): Plan {
    return this.offer.plan;
  }

  /** From here on this copy of the plan counts. */
  pin(plan: Plan): void {
    this.offer = { ...this.offer, plan };
    const { weights, mirror, failures } = initialState(this.offer, this.cluster, this.view.startedAt).view;
    Object.assign(this.view, { weights, mirror, failures });
  }

  get view(): RolloutView {
    return this.state.view;
  }

  /** @throws Error before the revision was detected: a bug in the order of steps. */
  get detected(): NewRevision {
    if (!this.state.detected) throw new Error('no revision was detected yet');
    return this.state.detected;
  }

  get target(): Target {
    const { epoch, clusterUid } = this.detected;
    return {
      plan: partsOf(this.plan),
      cluster: this.cluster,
      clusterUid,
      rollout: rolloutId(this.plan.name, epoch),
      epoch,
    };
  }

  /** From here on these objects are what the rollout writes. */
  bind(uids: Uids): void {
    Object.assign(this.detected.uids, uids);
  }

  now(): string {
    return new Date().toISOString();
  }

  say(sentence: string): void {
    this.view.sentence = sentence;
  }

  line(name: StepName): StepView {
    const found = this.view.steps.find((step) => step.name === name);
    if (!found) throw new Error(`no step is called ${name}`);
    return found;
  }

  isOver(name: StepName): boolean {
    const { state } = this.line(name);
    return state === 'done' || state === 'skipped';
  }

  begin(name: StepName): void {
    const line = this.line(name);
    if (line.state === 'running') return;
    line.state = 'running';
    line.startedAt ??= this.now();
    publishState(this.view, name);
  }

  finish(name: StepName, note?: string): void {
    const line = this.line(name);
    line.startedAt ??= this.now();
    Object.assign(line, { state: 'done', endedAt: this.now(), note: note ?? line.note });
  }

  skip(name: StepName, why: string): void {
    Object.assign(this.line(name), { state: 'skipped', note: why });
  }

  protected get currentStep(): StepName {
    return this.view.steps.find(({ state }) => state === 'running')?.name ?? 'detect';
  }
}
