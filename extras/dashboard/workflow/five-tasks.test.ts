/**
 * What people come for, as somebody does it who knows only what the pages say: Chromium, server, worker and Temporal are real, the cluster is
 * played. Each task begins on the first page; what it takes in clicks is held, and told with its seconds.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newToken } from '../../../src/authority/index.ts';
import { offered } from '../../../test/support/authority.ts';
import { offerFor, planFor } from '../../../test/support/plan.ts';
import { type Served, serve } from '../../../test/workflow/support/served.ts';
import { bundle } from '../build.ts';

const CHROMIUM = process.env.SLUICE_CHROMIUM ?? '/usr/bin/chromium';
/** A folder for a picture after each click. Default: none are made. */
const PICTURES = process.env.SLUICE_PICTURES;
const SLOW_MS = 300_000;

const ann = newToken();
const MAY = 'may: [{ verbs: ["*"], plans: [demo/*] }]';
const PEOPLE = `
extensions: ["@sluice/dashboard"]
people:
  - { name: ann, tokens: [{ sha256: ${ann.sha256}, expires: "2999-01-01T00:00:00Z" }], ${MAY} }
  - { name: bob, ${MAY} }
`;

let served: Served;
let browser: Browser;
let page: Page;

/** Counts what a person does; nothing but what they see is clicked. */
class Visitor {
  readonly #task: string;
  readonly #began = performance.now();
  clicks = 0;

  constructor(task: string) {
    this.#task = task;
  }

  async click(what: Locator): Promise<void> {
    await what.click();
    this.clicks += 1;
    await page.waitForLoadState();
    await this.#picture();
  }

  /** It is on the page, without a reload. @returns seconds since the first page was asked for */
  async reads(text: string | RegExp): Promise<void> {
    await page.getByText(text).first().waitFor();
    await this.#picture();
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(1);
    console.log(`${this.#task}: ${this.clicks} clicks, ${seconds} s to "${text}"`);
  }

  async #picture(): Promise<void> {
    const path = join(PICTURES ?? '', `task-${this.#task}-${this.clicks}.png`.replaceAll(/[^\w./-]/g, '-'));
    if (PICTURES) await page.screenshot({ path, fullPage: true });
  }
}

async function visit(task: string): Promise<Visitor> {
  const visitor = new Visitor(task);
  await page.goto(served.url);
  return visitor;
}

const row = (name: string) => page.getByRole('rowheader').getByRole('link', { name }).first();
const button = (name: RegExp) => page.getByRole('button', { name }).first();

/** A failed one, one that bob aborted and its good successor, one that runs, and one that waits for an approval. */
async function fill(): Promise<void> {
  const { harness, world } = served;
  const cart = planFor('cart', { mirror: undefined });
  world.verdicts = Array.from({ length: 5 }, () => 'fail' as const);
  await served.offer(offerFor(cart, 'cart:v7'));
  await harness.handle(cart).result();
  const search = await served.running('search');
  await harness.act(search, 'abort', { actor: { name: 'bob', channel: 'slack' }, reason: 'search results are empty' });
  await harness.handle(search).result();
  world.stuck.clear();
  await served.offer(offerFor(search, 'reviews:v3'));
  await harness.handle(search).result();
  await served.running('checkout');
  const approvals = [
    { before: 'traffic' as const, from: ['ann'], count: 1, notInitiator: true, onExpiry: 'hold' as const },
  ];
  const ledger = planFor('ledger', { mirror: undefined, approvals });
  await harness.offer(await offered(offerFor(ledger), 'bob', harness.cluster, served.vouching));
  await harness.until(ledger, ({ needsYou }) => needsYou?.gate !== undefined);
}

describe.skipIf(!existsSync(CHROMIUM))('five tasks of a new user', { tags: ['repeat'], timeout: SLOW_MS }, () => {
  beforeAll(async () => {
    await bundle();
    served = await serve(PEOPLE);
    await fill();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    page = await (await browser.newContext({ viewport: { width: 1100, height: 850 } })).newPage();
    await page.goto(`${served.url}/login`);
    await page.getByLabel('API token').fill(ann.token);
    await page.getByRole('button', { name: 'Log in with a token' }).click();
    await page.waitForURL(`${served.url}/`);
  }, SLOW_MS);
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  }, SLOW_MS);

  test('find what needs you', async () => {
    const visitor = await visit('needs you');
    await visitor.reads(/ledger needs you/);
    expect(visitor.clicks).toBe(0);
  });

  test('say why the last one failed', async () => {
    const visitor = await visit('why it failed');
    await visitor.click(page.getByRole('link', { name: /^Failed/ }));
    await visitor.click(row('demo/cart'));
    await visitor.reads(/5 failed intervals reached the limit, the last at 20 %/);
    expect(visitor.clicks).toBe(2);
  });

  test('pause what runs', async () => {
    const visitor = await visit('pause');
    await visitor.click(row('demo/checkout'));
    await visitor.click(button(/^Pause/));
    await visitor.reads('pause: the rollout has taken it.');
    await visitor.reads(/Paused by ann/);
    expect(visitor.clicks).toBe(2);
  });

  test('approve at the right step', async () => {
    const visitor = await visit('approve');
    await visitor.reads(/PASSED/);
    await visitor.click(button(/^Approve the first users/));
    await visitor.reads('approve: the rollout has taken it.');
    expect(visitor.clicks).toBe(1);
  });

  test("find who aborted last month's", async () => {
    const visitor = await visit('who aborted');
    await visitor.click(row('demo/search'));
    await visitor.click(page.getByRole('link', { name: 'History of search' }));
    await visitor.reads(/Aborted by bob · slack.*: search results are empty/);
    expect(visitor.clicks).toBe(2);
  });
});
