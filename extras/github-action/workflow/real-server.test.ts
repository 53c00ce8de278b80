/** A job of GitHub before a real server and a worker that judges; the event waits in Temporal until it is handed on here. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Offer } from '../../../src/contract/offer.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { offerFor } from '../../../test/support/plan.ts';
import { type Served, serve } from '../../../test/workflow/support/served.ts';
import { IMAGE, operatorLines, type StandIn, startBuilt, startStandIn } from '../test/stand-in.ts';

let github: StandIn;
let served: Served;
beforeEach(async () => {
  github = await startStandIn();
  served = await serve(
    `${operatorLines(github.issuer.url)}  - { name: ann, may: [{ verbs: ["*"], plans: ["*/*"] }] }\n`,
  );
});
afterEach(async () => {
  await served.close();
  github.close();
});

const step = (interval: string) =>
  startBuilt(github.env({ server: served.url, cluster: served.harness.cluster, interval, environment: 'production' }));

/** As the delivery's workflow does, once a worker takes it. @returns the plan of the rollout */
async function handOn(log: () => string): Promise<Plan> {
  await expect.poll(log).toContain('actions has sent');
  const [, id] = /^actions has sent (.*)$/m.exec(log()) ?? [];
  const delivery = served.harness.client.workflow.getHandle(`delivery/actions/${id}/demo/reviews`);
  const { events } = await delivery.fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const { offer } = JSON.parse(Buffer.from(payload?.data ?? []).toString()) as { offer: Offer };
  expect(await served.harness.offer(offer)).toMatchObject({ status: 'started', rollout: 'reviews-1' });
  return offer.plan;
}

test('sees its rollout through to the end, by tokens of its own', async () => {
  served.world.stuck.add('checkInterval mirror');
  const { log, code } = step('1s');
  const plan = await handOn(log);
  await expect.poll(log).toContain(' running step=9 check');
  await served.harness.act(plan, 'abort', { reason: 'wrong config' });
  expect(await code).toBe(11);
  expect(log()).toMatch(/ action verb=abort by="mo · cli .*reason="wrong config"$/m);
  expect(github.states()).toEqual(['in_progress', 'failure']);
  const summary = github.read('GITHUB_STEP_SUMMARY');
  expect(summary).toMatch(/^### \S+ reviews .*: aborted, decided at step 9 of 19\./);
  expect(summary).toMatch(/\| Started by \| ann .*· actions \|/);
});

test('is told by the audit how its rollout ended when the next one runs already', async () => {
  served.world.stuck.add('checkInterval mirror');
  const { log, code } = step('10s');
  const plan = await handOn(log);
  await expect.poll(log).toContain(' running ');
  await served.offer(offerFor(plan, IMAGE.replace('v2', 'v3')));
  await served.harness.until(plan, ({ rollout }) => rollout === 'reviews-2');
  expect(await code).toBe(7);
  expect(log()).not.toContain(' ended outcome=');
  expect(github.read('GITHUB_OUTPUT')).toMatch(
    /^outcome=superseded\nreason=Superseded by .*:v3\.\nrollout=reviews-1\n$/,
  );
  await served.harness.act(plan, 'abort');
});
