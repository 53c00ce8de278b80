import { ServiceError, type WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import type { Action } from '../../../src/contract/action.ts';
import { pinned, updateRollout } from '../../../src/steering/act.ts';
import { needsYouView, twoQuestionsView } from '../../support/views.ts';

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

test('what is pinned: the step, or the question, which outlives steps', () => {
  const view = twoQuestionsView();
  const of = { rollout: 'reviews-7', revision: '77c0a1b2c3' };
  expect(pinned('approve', view)).toEqual({ ...of, step: 'shift' });
  expect(pinned('abort', view)).toEqual(of);
  expect(pinned('answer', view, 'refused/route')).toEqual({ ...of, question: 'reviews-7/refused/route/2' });
  expect(pinned('retry', needsYouView())).toEqual({ ...of, question: 'reviews-7/canary/canary/1' });
  expect(pinned('retry', view)).toEqual({ ...of, step: 'shift' });
  expect(pinned('answer', undefined, 'refused')).toEqual({ question: 'refused' });
});
