/** The run before another one, as Temporal sees it. */
import { makeContinueAsNewFunc } from '@temporalio/workflow';

export async function starter(workflowType: string, taskQueue: string, input: object): Promise<void> {
  await makeContinueAsNewFunc<(input: object) => Promise<unknown>>({ workflowType, taskQueue })(input);
}
