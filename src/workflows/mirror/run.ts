import { defineSearchAttributeKey } from '@temporalio/common';
import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActionAnswer } from '../../contract/action.ts';
import type { Fence } from '../../contract/fence.ts';
import { emergencyOf, stopFault } from '../../contract/message-faults.ts';
import { mirrorViewQuery, stopMirrorSignal, stopMirrorUpdate } from '../../contract/messages.ts';
import {
  describeMirror,
  type MirrorOutcome,
  type MirrorSpec,
  type MirrorState,
  type MirrorView,
} from '../../contract/mirror.ts';
import type { MirrorPlacement, MirrorTarget } from '../../contract/mirror-activities.ts';
import { sentenceCase, unservedSentence } from '../../contract/words.ts';
import type { Employer } from '../served.ts';

export interface MirrorInput {
  spec: MirrorSpec;
  /** Who says that they started it: "mo · cli". */
  startedBy: string;
  statement?: string;
  /** State of the run before this one, when a long mirror goes on in a new run. */
  carried?: MirrorCarried;
}

interface MirrorCarried {
  view: MirrorView;
  placement?: MirrorPlacement;
  seq: number;
  mayBeOn: boolean;
}

/** The mirror's own name, so that it is found like a plan. */
const NAME = defineSearchAttributeKey('SluicePlan', 'KEYWORD');
const STATE = defineSearchAttributeKey('SluiceState', 'KEYWORD');

/** A mirror in flight: what people see of it, what was decided about it, and how it ends. */
export class MirrorRun implements Employer {
  readonly input: MirrorInput;
  readonly view: MirrorView;
  placement?: MirrorPlacement;
  /** A write was scheduled, so the mirror may be on. */
  mayBeOn: boolean;
  #seq: number;
  #unserved?: { sentence: string; before: string };

  constructor(input: MirrorInput) {
    const { spec, startedBy } = input;
    const carried = workflowInfo().continuedFromExecutionRunId ? input.carried : undefined;
    this.input = input;
    this.view = carried?.view ?? {
      spec,
      state: 'starting',
      sentence: 'Looking at route and target.',
      startedAt: this.now(),
      startedBy: `${startedBy} (unverified)`,
      warnings: [],
      problems: [],
    };
    this.placement = carried?.placement;
    this.mayBeOn = carried?.mayBeOn ?? false;
    this.#seq = carried?.seq ?? 0;
    upsertSearchAttributes([
      { key: NAME, value: spec.name },
      { key: STATE, value: this.view.state },
    ]);
  }

  get spec(): MirrorSpec {
    return this.view.spec;
  }

  get cluster(): string {
    return this.spec.cluster;
  }

  get isOver(): boolean {
    return this.view.outcome !== undefined;
  }

  /** @throws Error before the inspection: a bug in the order of steps. */
  get target(): MirrorTarget {
    if (!this.placement) throw new Error('the mirror was not inspected yet');
    const { clusterUid } = this.placement;
    return { clusterUid, spec: this.spec, placement: this.placement };
  }

  /** Of the write made last. */
  get fence(): Fence {
    return { epoch: this.target.placement.epoch, seq: this.#seq };
  }

  nextFence(): Fence {
    this.#seq += 1;
    return this.fence;
  }

  now(): string {
    return new Date().toISOString();
  }

  become(state: MirrorState, sentence: string): void {
    this.view.state = state;
    this.view.sentence = sentence;
    const published = state === 'ended' && this.view.outcome ? this.view.outcome.kind : state;
    upsertSearchAttributes([{ key: STATE, value: published }]);
  }

  /** The first reason to end counts. */
  end(outcome: MirrorOutcome): void {
    this.view.outcome ??= outcome;
  }

  noteUnserved(queue: string): void {
    const sentence = unservedSentence(this.cluster, queue);
    if (this.view.sentence === sentence) return;
    this.#unserved = { sentence, before: this.view.sentence };
    this.view.sentence = sentence;
  }

  noteServed(): void {
    if (this.#unserved?.sentence === this.view.sentence) this.view.sentence = this.#unserved.before;
  }

  warn(warning: string): void {
    if (!this.view.warnings.includes(warning)) this.view.warnings.push(warning);
  }

  /** Does `work` until the mirror is over; does not wait for its end then. @returns undefined when it was over first */
  async untilOver<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.isOver) return undefined;
    const scope = new CancellationScope();
    let settled = false;
    const settle = () => {
      settled = true;
    };
    const running = scope.run(work);
    running.then(settle, settle);
    await condition(() => settled || this.isOver);
    if (settled) return running;
    scope.cancel();
    return undefined;
  }

  receiveMessages(): void {
    setHandler(mirrorViewQuery, () => this.view, { description: 'Everything people are shown about this mirror' });
    setHandler(
      stopMirrorUpdate,
      ({ actor, reason }) => this.#stop(`${actor.name} · ${actor.channel} (unverified)`, reason),
      {
        description: 'End the mirror now',
        validator: (stop) => {
          const fault = stopFault(stop);
          if (fault) throw ApplicationFailure.nonRetryable(fault, 'ActionRefused');
        },
      },
    );
    setHandler(stopMirrorSignal, (sent) => void this.#stop('temporal (unverified)', emergencyOf(sent).reason), {
      description: 'End the mirror in an emergency',
    });
  }

  #stop(by: string, reason: string | undefined): ActionAnswer {
    const { outcome } = this.view;
    if (outcome) return { accepted: true, message: `It ends already: ${outcome.reason}` };
    this.end({ kind: 'stopped', reason: `Stopped by ${by}${reason ? `: ${reason}` : ''}.` });
    return { accepted: true, message: 'Stopping: the copies end with the next write. Users are not affected.' };
  }

  /** Goes on in a new run when the history has grown long; only where nothing is under way. */
  async startAfreshWhenLong(): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested || this.isOver) return;
    await condition(allHandlersFinished);
    const { view, placement, mayBeOn } = this;
    const carried: MirrorCarried = { view, placement, mayBeOn, seq: this.#seq };
    await continueAsNew<(input: MirrorInput) => Promise<MirrorView>>({ ...this.input, carried });
  }

  async finish(): Promise<MirrorView> {
    const { outcome } = this.view;
    this.view.endedAt ??= this.now();
    this.become('ended', outcome?.reason ?? `${sentenceCase(describeMirror(this.spec))} is over.`);
    await condition(allHandlersFinished);
    return this.view;
  }
}
