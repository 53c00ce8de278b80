import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RolloutView } from '../../../src/contract/view.ts';
import { failedView, needsYouView, promotedView, runningView } from '../../../test/support/views.ts';
import { deploy } from '../src/deploy.ts';
import { Runner } from '../src/runner.ts';
import { IMAGE, type StandIn, startStandIn } from './stand-in.ts';

let github: StandIn;
beforeEach(async () => {
  github = await startStandIn();
});
afterEach(() => github.close());

/** Of the event that was sent. */
const ours = (view: RolloutView): RolloutView => ({ ...view, startedBy: { ...view.startedBy, delivery: '' } });
const ended = (kind: string, reason = 'So it was.') =>
  ours({ ...failedView(), outcome: { kind, reason, step: 13 } } as RolloutView);

async function run(inputs: Record<string, string | undefined> = {}, env: NodeJS.ProcessEnv = {}) {
  const lines: string[] = [];
  const runner = new Runner({ ...github.env(inputs), ...env }, (line) => lines.push(line));
  const code = await deploy(runner, new AbortController().signal);
  return { code, lines, log: lines.join('\n'), output: github.read('GITHUB_OUTPUT') };
}

test('a release that is promoted: lines, summary, outputs and the status of a deployment', async () => {
  github.views = [runningView({ route: { primary: 80, canary: 20, mirror: 0 } }), runningView(), promotedView()].map(
    ours,
  );
  const { code, lines, output } = await run({ environment: 'production', reason: 'release 42' });
  expect(code).toBe(0);
  expect(lines.filter((line) => line.includes('step=13')).map((line) => /weight=\d+/.exec(line)?.[0])).toEqual([
    'weight=20',
    'weight=40',
  ]);
  expect(lines.some((line) => line.includes('ended outcome=promoted'))).toBe(true);
  expect(output).toBe('outcome=promoted\nreason=Every interval that counts passed.\nrollout=reviews-7\n');
  expect(github.states()).toEqual(['in_progress', 'success']);
  expect(github.asked[0]).toMatchObject({
    path: '/repos/acme/reviews/deployments',
    authorization: 'Bearer of-github',
    body: { ref: 'a'.repeat(40), environment: 'production', auto_merge: false, required_contexts: [] },
  });
  const [event] = [...github.temporal.started.values()].map(({ args }) => args[0].offer.event);
  expect(event).toMatchObject({ image: IMAGE, by: 'ann', source: 'actions', from: { repository: 'acme/reviews' } });
  expect(event?.deliveryId).toMatch(/^42-1-[\da-f-]{36}$/);
  const summary = github.read('GITHUB_STEP_SUMMARY');
  expect(summary).toMatch(/^### ✅ reviews v1 → v2: promoted, decided at step 19 of 19\. Every interval/);
  expect(summary).toMatch(/```mermaid\nxychart-beta\n[^`]* {2}line \[20, [\d, ]*40, [\d, ]*0\]\n```/);
  expect(summary).toContain('| success-rate | 99.98 % | min 99 % | pass | 18240 |');
});

test.each([
  ['failed', 3, 'failure'],
  ['aborted', 11, 'failure'],
  ['refused', 12, 'failure'],
  ['superseded', 7, 'inactive'],
  ['unchanged', 0, 'success'],
])('one that is %s ends with %i, and the deployment is %s', async (kind, code, state) => {
  github.views = [ended(kind)];
  const result = await run({ 'deployment-id': '99' });
  expect([result.code, github.states()]).toEqual([code, ['in_progress', state]]);
  expect(github.asked[0]?.path).toBe('/repos/acme/reviews/deployments/99/statuses');
  expect(result.output).toContain(`outcome=${kind}\n`);
  expect(result.log.includes('::error::')).toBe(code !== 0);
});

describe('a rollout that needs a person', () => {
  test('ends the step where fail-fast says so', async () => {
    github.views = [ours(needsYouView())];
    const { code, log } = await run({ 'fail-fast': 'true', environment: 'production' });
    expect([code, github.states()]).toEqual([8, ['in_progress', 'in_progress']]);
    expect(log).toContain(`sluice abort demo/reviews --server ${github.url} --reason`);
    expect(github.read('GITHUB_STEP_SUMMARY')).toContain('| Retry | the interval at 40 % starts over |');
  });

  test('is waited for otherwise, until the time is over', async () => {
    github.views = [ours(needsYouView())];
    const { code, output } = await run({ timeout: '1500ms' });
    expect(code).toBe(6);
    expect(output).toContain('outcome=timeout\n');
  });
});

describe('which rollout', () => {
  test('another goes first, and ours is waited for', async () => {
    github.temporal.outcome = 'queued';
    const next = { ...ended('promoted'), rollout: 'reviews-8' };
    github.views = [runningView({ queued: { delivery: 'x' } }), next];
    const { code, lines, output } = await run();
    expect([code, output]).toEqual([0, 'outcome=promoted\nreason=So it was.\nrollout=reviews-8\n']);
    expect(lines).toContainEqual(expect.stringMatching(/^reviews-7 goes first: Shifting/));
  });

  test('the answer names ours, which an earlier try began', async () => {
    github.temporal.outcome = 'duplicate';
    github.views = [runningView(), { ...runningView(), ...ended('promoted') }];
    const { code, lines } = await run();
    expect(code).toBe(0);
    expect(lines).not.toContainEqual(expect.stringMatching(/goes first/));
  });

  test('ours is over and another runs', async () => {
    github.views = [ours(runningView()), runningView({ rollout: 'reviews-8' })];
    const { code, output } = await run();
    expect([code, output]).toEqual([
      7,
      'outcome=superseded\nreason=reviews-8 has taken its place\nrollout=reviews-7\n',
    ]);
  });

  test('ours neither runs nor waits', async () => {
    github.temporal.outcome = 'queued';
    github.views = [runningView()];
    expect((await run()).code).toBe(7);
  });

  test('none: it is rejected', async () => {
    github.temporal.outcome = 'rejected';
    const { code, log } = await run();
    expect(code).toBe(9);
    expect(log).toContain('demo/reviews: refused');
  });
});

describe('what passes is tried again', () => {
  test('by GitHub and by the server, as the same delivery', async () => {
    github.views = [ended('promoted')];
    // each time another token, which alone would be another delivery
    github.lifeS = 30;
    github.faults = { github: [500, 429, 403, 502], server: [503, 429] };
    expect((await run({ environment: 'production' })).code).toBe(0);
    expect(github.deliveries).toHaveLength(3);
    expect(new Set(github.deliveries).size).toBe(1);
    expect(github.temporal.started.size).toBe(1);
  });

  test('a worker that is away ends nothing', async () => {
    github.views = [];
    const waiting = run();
    await expect.poll(() => github.temporal.started.size).toBe(1);
    github.views = [ended('promoted')];
    const { code } = await waiting;
    expect(code).toBe(0);
  });
});

test('a token near its end is not used: GitHub is asked for another', async () => {
  github.lifeS = 61;
  github.views = [ours(runningView()), ours(runningView()), ended('promoted')];
  const { code, lines } = await run();
  expect(code).toBe(0);
  expect(github.tokens.length).toBeGreaterThan(1);
  for (const token of github.tokens)
    expect(lines.filter((line) => line.includes(token))).toEqual([`::add-mask::${token}`]);
});

test('who may not look starts nothing: an API token that nobody knows', async () => {
  const { code, log } = await run({ token: 'sluice_wrong' });
  expect(code).toBe(4);
  expect(log).toContain('::add-mask::sluice_wrong');
  expect(github.temporal.started.size).toBe(0);
});

test('without the right to see the plan the step says what goes on', async () => {
  github.close();
  github = await startStandIn('shop/*');
  const { code, log } = await run();
  expect(code).toBe(4);
  expect(log).toMatch(/The event was taken: what it has started goes on\.\n::error::.* reviews-ci may not view/);
});

test('a job without the right to tokens is told what to write', async () => {
  const { code, log } = await run({}, { ACTIONS_ID_TOKEN_REQUEST_URL: undefined });
  expect(code).toBe(4);
  expect(log).toContain('permissions: { id-token: write }');
});

test('what the server refuses is said in its words, with the places', async () => {
  const { code, log } = await run({ plan: 'demo/nothing' });
  expect(code).toBe(5);
  expect(log).toMatch(/::error::http:\/\/127.0.0.1:\d+: there is no plan/);
});

test('texts from elsewhere are texts: no command for the runner, no markup', async () => {
  const evil = '::error::boo ##[add-mask]x <img src=x> | [a](javascript:b) `c`\n::stop-commands::y';
  github.views = [ours({ ...failedView(), sentence: evil, outcome: { kind: 'failed', reason: evil, step: 13 } })];
  const { lines, output } = await run();
  const commands = lines.filter((line) => /^\s*::|##\[/.test(line));
  expect(commands.map((line) => line.split('::')[1])).toEqual(['add-mask', 'add-mask', 'error']);
  expect(output.split('\n')).toHaveLength(4);
  const summary = github.read('GITHUB_STEP_SUMMARY');
  expect(summary).toContain('&lt;img src=x&gt; \\| \\[a\\](javascript:b) \\`c\\`');
  expect(summary).not.toContain('<img');
});
