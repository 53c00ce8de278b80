import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  rootCause,
  workflowInfo,
} from '@temporalio/workflow';
import type { Uids } from '../../contract/detected.ts';
import type { OfferAnswer } from '../../contract/offer.ts';
import type { StepName } from '../../contract/steps.ts';
import type { RolloutView } from '../../contract/view.ts';
import { unservedSentence } from '../../contract/words.ts';
import type { Employer } from '../served.ts';
import { type Decision, GoBack, Outdated, refusedWith } from './errors.ts';
import type { RolloutInput } from './input.ts';
import { approvalOf, ask, close, isOpen, type NewQuestion, openAbout } from './questions.ts';
import { RolloutRecord } from './record.ts';
import { publishState } from './search-attributes.ts';
import type { RolloutState } from './state.ts';

/** Told apart from every result: the work was ended early because of a decision. */
export const INTERRUPTED = Symbol('interrupted');

export interface WaitOptions {
  /** A new run finds its way back into this wait, so a history that has grown long may end in it. Default false. */
  mayStartAfresh?: boolean;
}

export interface HoldOptions extends WaitOptions {
  /** Ends the wait without anybody. */
  over?: () => boolean;
}

/** What goes on beside the steps; given from outside, as it is made of steps itself. */
export interface Beside {
  /** Checks that go on until `over` while a rollout waits or promotes. */
  guard(run: Run, over: () => boolean, options: WaitOptions): Promise<void>;
  /** Waits until somebody resumes, or the plan's limit is over. */
  endOfPause(run: Run): Promise<void>;
  /** Asks a person about somebody else's change of a route, when there is one. */
  settleDrift(run: Run): Promise<void>;
}

/** A rollout in flight: the decisions that reached it, and the few ways in which steps touch the world. */
export class Run extends RolloutRecord implements Employer {
  /** Set by an abort, a newer revision or the guard; every wait ends with it. */
  goBackRequest?: GoBack;
  /** What the offer that started this run is told. */
  answer?: OfferAnswer;
  /** Counts what people decide while something is waited for: whoever waits looks again. */
  decisions = 0;
  /** A later rollout writes the objects: this one writes nothing more. */
  takenOver = false;
  /** The offer that follows came after the end: nothing holds it. */
  startsAtOnce = false;
  /** The checks are running beside something else. */
  guardRunning = false;
  /** What was said before nobody was there. */
  private unserved?: { sentence: string };
  private readonly beside: Beside;

  constructor(input: RolloutInput, state: RolloutState, beside: Beside) {
    super(input, state);
    this.beside = beside;
  }

  /** The way back has begun: no decision interrupts it any more. */
  get goingBack(): boolean {
    return this.state.back?.decision !== undefined;
  }

  /** Somebody has decided to go back, and it has not begun yet. */
  get isLeaving(): boolean {
    return this.goBackRequest !== undefined && !this.goingBack;
  }

  /** One line of the checklist: begun, done with the returned note, or failed; nothing when an earlier run has done it. */
  async step(name: StepName, work: () => Promise<string>): Promise<void> {
    if (this.isOver(name)) return;
    await this.pausePoint();
    this.begin(name);
    this.finish(name, await work());
  }

  throwIfGoingBack(): void {
    if (this.isLeaving) throw this.goBackRequest;
  }

  /** Leaves the checklist; also ends what runs beside the caller. */
  goBack(outcome: Decision): never {
    this.goBackRequest ??= new GoBack(outcome);
    throw this.goBackRequest;
  }

  /** Ends early when the rollout has to go back (throws) or when `until` comes true (INTERRUPTED); does not wait for the work then. */
  async interruptible<T>(work: () => Promise<T>, until: () => boolean = () => false): Promise<T | typeof INTERRUPTED> {
    const scope = new CancellationScope();
    let settled = false;
    const running = scope.run(work);
    const settle = () => {
      settled = true;
    };
    running.then(settle, settle);
    let leaving = false;
    await condition(() => {
      leaving = this.isLeaving;
      return settled || leaving || until();
    });
    if (settled) return running;
    scope.cancel();
    if (leaving) throw this.goBackRequest;
    return INTERRUPTED;
  }

  /** Does `work`; when its retries are used up a person is asked, and it is tried again (order rule 8). */
  async attempt<T>(what: string, work: () => Promise<T>, until?: () => boolean): Promise<T | typeof INTERRUPTED> {
    for (;;) {
      try {
        return await this.interruptible(work, until);
      } catch (error) {
        // a newer write of the same object counts: what is wanted now is tried
        if (error instanceof Outdated) continue;
        if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
        await this.holdAfter(error, {
          object: this.currentStep,
          reason: `${what}: ${rootCause(error)}`,
          onAbort: 'goes back to the previous revision',
          onSilence: 'stays as it is',
        });
      }
    }
  }

  /** What failed is tried again when a person says so; an object that was made anew is this rollout's when one says that it is. */
  async holdAfter(error: ActivityFailure, asked: Omit<NewQuestion, 'kind' | 'answers'>): Promise<void> {
    const anew = refusedWith<Uids>(error, 'Recreated');
    const adopt = 'goes on with the one that is there now';
    await this.hold({
      ...asked,
      kind: anew ? 'recreated' : 'failed',
      answers: anew ? { adopt } : { retry: 'tries it again' },
    });
    if (anew) this.bind(anew);
  }

  /** Like `attempt`, for work that only the way back can interrupt. */
  async insist<T>(what: string, work: () => Promise<T>): Promise<T> {
    return (await this.attempt(what, work)) as T;
  }

  /** Waits for a person in a safe, stated place; nothing else stops meanwhile. Abort leaves by GoBack. */
  async hold(asked: NewQuestion, { over, mayStartAfresh }: HoldOptions = {}): Promise<void> {
    const question = ask(this, asked);
    await this.waitGuarded(() => !isOpen(this, question) || over?.() === true, { mayStartAfresh });
    close(this, question, approvalOf(question));
  }

  noteUnserved(queue: string): void {
    const { sentence } = this.view;
    const asked = {
      kind: 'worker' as const,
      object: this.cluster,
      reason: unservedSentence(this.cluster, queue),
      answers: {},
      onAbort: 'goes back as soon as a worker is there',
      onSilence: 'it goes on by itself as soon as a worker is there',
    };
    if (openAbout(this, asked)) return;
    ask(this, asked);
    this.unserved = { sentence };
  }

  noteServed(): void {
    const open = openAbout(this, { kind: 'worker', object: this.cluster });
    if (!open) return;
    close(this, open);
    if (this.unserved && this.view.sentence === `Needs you: ${open.reason}`) this.say(this.unserved.sentence);
  }

  /** What the rollout is at shows in its state, and in what Temporal lists. */
  showState(): void {
    const { view } = this;
    [view.needsYou] = view.questions;
    view.state = this.stateName;
    publishState(view);
  }

  private get stateName(): RolloutView['state'] {
    const { view } = this;
    if (view.questions.length > 0) return 'needs-you';
    if (view.cleaningUntil) return 'cleaning';
    if (view.endedAt) return 'ended';
    if (this.goBackRequest || (view.outcome && view.outcome.kind !== 'promoted')) return 'going-back';
    if (view.paused) return 'paused';
    return this.state.detected ? 'running' : 'starting';
  }

  /** Waits until `over`; while users or copies reach the canary the checks go on and can still abort. */
  async waitGuarded(over: () => boolean, options: WaitOptions = {}): Promise<void> {
    if (this.goingBack || this.guardRunning) {
      await condition(() => over() || this.isLeaving);
      this.throwIfGoingBack();
      return;
    }
    this.guardRunning = true;
    try {
      await this.beside.guard(this, over, options);
    } finally {
      this.guardRunning = false;
    }
  }

  /** Does `work` under the eyes of the guard. */
  async guarding<T>(work: () => Promise<T>): Promise<T> {
    let over = false;
    const running = work().finally(() => {
      over = true;
    });
    running.catch(() => undefined);
    await this.waitGuarded(() => over);
    return running;
  }

  /** Where a pause, somebody else's change and an open question take hold: before a step, and instead of an interval. */
  async pausePoint(): Promise<void> {
    this.throwIfGoingBack();
    if (this.view.paused) {
      const sentence = this.view.sentence;
      await this.beside.endOfPause(this);
      this.say(sentence);
    }
    await this.beside.settleDrift(this);
    // Questions that an earlier run has asked; what asks for an approval asks again itself, and a worker answers for itself.
    const open = () => this.view.questions.some(({ gate, kind }) => !gate && kind !== 'worker');
    if (open()) await this.waitGuarded(() => !open());
  }

  /** Goes on in a new run when the history has grown long; only where nothing is under way, `unless` that is over by now. */
  async startAfreshWhenLong(unless: () => boolean = () => false): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested) return;
    await condition(allHandlersFinished);
    this.throwIfGoingBack();
    if (unless()) return;
    const input: RolloutInput = { cluster: this.cluster, offer: this.offer, carried: this.state };
    await continueAsNew(input);
  }
}
