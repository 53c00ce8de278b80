import type { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { STEPS } from '../../../src/contract/steps.ts';
import { openWork } from '../../../src/telemetry/open-work.ts';

/** As visibility lists it. */
function listed(workflowId: string, attributes: Record<string, string[]>) {
  return { workflowId, runId: 'r', status: { name: 'RUNNING' }, searchAttributes: attributes };
}

async function open(...listing: ReturnType<typeof listed>[]) {
  const list = async function* () {
    yield* listing;
  };
  return openWork({ workflow: { list } } as unknown as Client);
}

const rollout = (state: string | undefined, step: string | undefined, more = {}) =>
  listed('rollout/local/demo/reviews', {
    ...(state && { SluiceState: [state] }),
    ...(step && { SluiceStep: [step] }),
    ...more,
  });

test('users may be exposed from the mirror until they are switched back', async () => {
  const exposed: string[] = [];
  for (const { name } of STEPS) if ((await open(rollout('running', name)))[0]?.isExposed) exposed.push(name);
  expect(exposed).toEqual([
    ...['mirror', 'check', 'failure-gate', 'stop-mirror', 'route-canary', 'shift'],
    ...['upgrade-primary', 'primary-autoscaler', 'probe-primary', 'switch-back'],
  ]);
});

test('a rollout that waits for a yes before the first copy or user exposes nobody, and one that waits later does', async () => {
  const waiting = await open(...['mirror', 'route-canary', 'shift'].map((step) => rollout('needs-you', step)));
  expect(waiting.map(({ isExposed }) => isExposed)).toEqual([false, false, true]);
});

test('states are those that people are shown', async () => {
  const states = await open(
    rollout(undefined, undefined),
    rollout('paused', 'shift'),
    rollout('aborted', 'switch-back'),
  );
  expect(states.map(({ state }) => state)).toEqual(['starting', 'paused', 'going-back']);
});

test('what Temporal says of failing decisions is believed, mirrors are read too, and other ids are nobody’s', async () => {
  const problems = { TemporalReportedProblems: ['category=WorkflowTaskFailed'] };
  const all = await open(
    rollout('running', 'load', problems),
    listed('mirror/east/shop/forecast', { SluiceState: ['running'] }),
    listed('rollout/somebody-elses', {}),
    listed(`rollout/local/${'x'.repeat(64)}/reviews`, {}),
  );
  expect(all).toMatchObject([
    { kind: 'rollout', cluster: 'local', namespace: 'demo', isBroken: true, isExposed: false },
    { kind: 'mirror', cluster: 'east', namespace: 'shop', isBroken: false, isExposed: true },
  ]);
});
