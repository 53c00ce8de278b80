import { ServiceError, type WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import type { Action } from '../../../src/contract/action.ts';
import { updateRollout } from '../../../src/steering/act.ts';

const action: Action = { id: 'one', verb: 'resume', actor: { name: 'mo', channel: 'cli' } };
const answer = { accepted: true, message: 'Resumed.' };

/** A handle whose first answers are these gRPC codes. */
function handleThatFails(codes: number[]): { handle: WorkflowHandle; asked: unknown[] } {
  const asked: unknown[] = [];
  const executeUpdate = async (_name: string, options: unknown) => {
    const code = codes[asked.length];
    asked.push(options);
    if (code === undefined) return answer;
    const cause = Object.assign(new Error('grpc'), { code, details: 'workflow task failure', metadata: {} });
    throw new ServiceError('Workflow Update failed', { cause });
  };
  return { handle: { executeUpdate } as unknown as WorkflowHandle, asked };
}

test('an update that was dropped with its workflow task is sent again under the same id', async () => {
  const { handle, asked } = handleThatFails([9, 9]);
  expect(await updateRollout(handle, action)).toEqual(answer);
  expect(asked).toEqual(Array(3).fill({ args: [action], updateId: 'one' }));
});

test('every other failure is told', async () => {
  const { handle, asked } = handleThatFails([14]);
  await expect(updateRollout(handle, action)).rejects.toThrow('Workflow Update failed');
  expect(asked).toHaveLength(1);
});
