/** Beside the workflow code of the tour: after each activation it says how the rollout stands, as the query `view` would. */
import { proxySinks, type WorkflowInterceptors } from '@temporalio/workflow';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';
import { viewQuery } from '../../src/contract/messages.ts';
import type { RolloutView } from '../../src/contract/view.ts';

/** @param at by the clock of the workflow, epoch ms */
export type ViewSinks = { film: { show(view: RolloutView, at: number): void } };

export function interceptors(): WorkflowInterceptors {
  const { film } = proxySinks<ViewSinks>();
  const concludeActivation = <Input>(input: Input, next: (input: Input) => Input) => {
    const view = getActivator().queryHandlers.get(viewQuery.name)?.handler() as RolloutView | undefined;
    // the workflow goes on with the one it has
    if (view) film.show(JSON.parse(JSON.stringify(view)), Date.now());
    return next(input);
  };
  return { internals: [{ concludeActivation }] };
}
