/** A rollout that plays a script: shows what the CLI reads and takes what it sends, without a cluster. */
import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { Action, ActionAnswer } from '../../../src/contract/action.ts';
import type { RolloutView } from '../../../src/contract/view.ts';

export interface RolloutScript {
  /** Views one after another; each for some ms, or until the signal `seen`. */
  frames: { view: RolloutView; ms: number | 'seen' }[];
  /** Wait for an abort before the last frame. */
  untilAbort?: boolean;
  /** Another rollout that follows in a run of its own. */
  next?: RolloutScript;
}

export async function rollout(script: RolloutScript): Promise<RolloutView> {
  let [view] = script.frames.map((frame) => frame.view);
  let aborted: string | undefined;
  let paused = false;
  let seen = 0;
  setHandler(defineSignal('seen'), () => {
    seen += 1;
  });
  setHandler(defineQuery<RolloutView>('view'), () => view as RolloutView);
  setHandler(defineSignal<[string?]>('abort'), (reason) => {
    aborted = reason ?? 'signal';
  });
  setHandler(defineSignal<[string?]>('pause'), () => {
    paused = true;
  });
  setHandler(
    defineUpdate<ActionAnswer, [Action]>('action'),
    (action) => {
      if (action.verb === 'abort') aborted = action.reason;
      paused = action.verb === 'pause';
      const what = [action.verb, action.answer].filter(Boolean).join(' ');
      return { accepted: true, message: `${what} taken for ${action.question ?? action.rollout}` };
    },
    {
      validator: (action) => {
        if (action.verb === 'pause' && paused)
          throw ApplicationFailure.nonRetryable('mo paused it already', 'ActionRefused');
        if (action.question && !view?.questions.some(({ id }) => id === action.question))
          throw ApplicationFailure.nonRetryable(`${action.question} is not open`, 'ActionRefused');
      },
    },
  );
  for (const [index, frame] of script.frames.entries()) {
    if (script.untilAbort && index === script.frames.length - 1) await condition(() => aborted !== undefined);
    view = frame.view;
    const before = seen;
    if (frame.ms === 'seen') await condition(() => seen > before);
    else if (frame.ms > 0) await sleep(frame.ms);
  }
  if (script.next) await continueAsNew<typeof rollout>(script.next);
  return view as RolloutView;
}
