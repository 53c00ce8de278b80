import { type Client, ServiceError, type WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import type { Action } from '../../../src/contract/action.ts';
import { act, pinned, updateRollout } from '../../../src/steering/act.ts';
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

/** What is sent to a rollout, in order. */
async function sent(asked: Action, doubtful: boolean): Promise<string[]> {
  const names: string[] = [];
  const note = async ({ name }: { name: string }) => {
    names.push(name);
    return answer;
  };
  const workflow = { getHandle: () => ({ signal: note, executeUpdate: note }) };
  const connection = { withDeadline: (_at: unknown, call: () => unknown) => call() };
  const client = { workflow, connection } as unknown as Client;
  await act(client, 'rollout/local/demo/reviews', asked, doubtful);
  return names;
}

test('where no worker answered a moment ago one is woken by what is stored; an emergency without a proof wakes it itself', async () => {
  const proven = { ...action.actor, statement: 'x' };
  expect(await sent(action, false)).toEqual(['action']);
  expect(await sent(action, true)).toEqual(['wake', 'action']);
  expect(await sent({ ...action, verb: 'abort' }, false)).toEqual(['action']);
  expect(await sent({ ...action, verb: 'abort' }, true)).toEqual(['abort']);
  expect(await sent({ ...action, verb: 'abort', actor: proven }, true)).toEqual(['wake', 'action']);
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
