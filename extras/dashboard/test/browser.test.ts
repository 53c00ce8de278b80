/** The screens in a real Chromium: for eyes of all widths, for a screen reader, for a keyboard, and without a script. */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runningView } from '../../../test/support/views.ts';
import { bundle } from '../build.ts';
import { rolloutOf } from './support/recorded.ts';
import { type PageScene, SCENES } from './support/scenes.ts';
import { type ServedExtension, serve } from './support/serve.ts';
import { hostOf } from './support/stand-in.ts';

const CHROMIUM = process.env.SLUICE_CHROMIUM ?? '/usr/bin/chromium';
/** Beside much else on few cores. */
const SLOW_MS = 300_000;
/** A folder for pictures of every screen at every width, light and dark. Default: none are made. */
const PICTURES = process.env.SLUICE_PICTURES;

describe.skipIf(!existsSync(CHROMIUM))('in Chromium', { tags: ['repeat'], timeout: SLOW_MS }, () => {
  let browser: Browser;
  let dir: string;
  const open: ServedExtension[] = [];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-browser-'));
    await bundle(dir);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  }, SLOW_MS);
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await Promise.all(open.splice(0).map((served) => served.close()));
  }, SLOW_MS);
  afterAll(() => browser?.close(), SLOW_MS);

  async function look({ path, world }: PageScene, options: BrowserContextOptions = {}) {
    const { extend } = await import(join(dir, 'index.js'));
    const behind = world();
    const served = await serve(await extend(hostOf(behind)), behind);
    open.push(served);
    const page = await (await browser.newContext(options)).newPage();
    page.setDefaultTimeout(SLOW_MS);
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(served.url + path);
    return { page, served, world: behind, complaints };
  }

  const named = Object.entries(SCENES);

  test.for(named)(
    '%s: no fault that axe finds, and none that the browser complains of, light and dark',
    async ([, scene]) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, complaints } = await look(scene, { colorScheme });
        expect(await faults(page)).toEqual([]);
        expect(complaints).toEqual([]);
      }
    },
  );

  test.for([360, 768, 1440])('nothing is wider than a window of %i px', async (width) => {
    for (const colorScheme of PICTURES ? (['light', 'dark'] as const) : (['light'] as const))
      for (const [name, scene] of named) {
        const { page } = await look(scene, { viewport: { width, height: 800 }, colorScheme });
        expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(width);
        const path = join(PICTURES ?? '', `${name.replaceAll(' ', '-')}-${width}-${colorScheme}.png`);
        if (PICTURES) await page.screenshot({ path, fullPage: true });
      }
  });

  test.for(['list', 'an approval', 'failed'] as const)(
    '%s: a script finds what the server has drawn, and leaves it',
    async (name) => {
      const scene = SCENES[name];
      const drawn = await look(scene, { javaScriptEnabled: false });
      const { page } = await look(scene);
      expect(await elements(page)).toEqual(await elements(drawn.page));
    },
  );

  test('an abort by keyboard alone: it begins on Cancel, and Escape leaves it', async () => {
    const { page, world } = await look(SCENES.running);
    await page.keyboard.press('a');
    await expect.poll(() => focused(page)).toBe('Cancel');
    await page.keyboard.press('Escape');
    expect(await page.locator('dialog#abort').isVisible()).toBe(false);
    await page.keyboard.press('a');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Abort reviews');
    await page.keyboard.press('Enter');
    await page.waitForURL('**sent=abort**');
    expect(world.acted.map(({ action }) => action.verb)).toEqual(['abort']);
    expect(await page.getByText('abort is requested').isVisible()).toBe(true);
  });

  test('a pause by keyboard alone, by one key or without single keys', async () => {
    const { page, world } = await look(SCENES.running);
    await page.keyboard.press('p');
    await page.waitForURL('**sent=pause**');
    await page.goto(page.url().replace(/\?.*/, ''));
    await tabTo(page, 'Pause');
    await page.keyboard.press('Enter');
    await page.waitForURL('**sent=pause**');
    expect(world.acted.map(({ action }) => action.verb)).toEqual(['pause', 'pause']);
  });

  test('an approval by keyboard alone, with a reason, as a screen reader tells it', async () => {
    const { page, world } = await look(SCENES.list);
    const card = page.getByRole('region', { name: /reviews needs you/ });
    expect(await card.ariaSnapshot()).toMatch(/button "Approve 40 % of the users"[\s\S]*textbox "Reason/);
    await tabTo(page, 'Approve 40 % of the users');
    const field = () => page.evaluate(() => document.activeElement?.getAttribute('name'));
    while ((await field()) !== 'reason') await page.keyboard.press('Tab');
    await page.keyboard.type('load test is clean');
    await tabTo(page, 'Approve 40 % of the users', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL('**sent=approve**');
    expect(world.acted.map(({ action }) => action)).toMatchObject([
      { verb: 'approve', question: 'reviews-7/canary/canary/1', reason: 'load test is clean' },
    ]);
  });

  test('a pause, an approval and an abort by the tree that a screen reader is given: roles and names alone', async () => {
    const pause = await look(SCENES.running);
    await press(pause.page, 'button', 'Pause');
    await pause.page.waitForURL('**sent=pause**');
    const approve = await look(SCENES.list);
    await press(approve.page, 'button', 'Approve 40 % of the users');
    await approve.page.waitForURL('**sent=approve**');
    const abort = await look(SCENES.running);
    await press(abort.page, 'link', 'Abort and roll back …');
    await expect.poll(() => inTree(abort.page, 'dialog')).toEqual(['Abort reviews?']);
    // the page behind it is not there while it asks
    expect(await inTree(abort.page, 'button')).toEqual(['Abort reviews']);
    await press(abort.page, 'button', 'Abort reviews');
    await abort.page.waitForURL('**sent=abort**');
    const verbs = [pause, approve, abort].map(({ world }) => world.acted.map(({ action }) => action.verb));
    expect(verbs).toEqual([['pause'], ['approve'], ['abort']]);
  });

  test('single keys search, move, pause; switched off they do nothing', async () => {
    const { page, world } = await look(SCENES.list);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await focused(page)).toBe('demo/ratings');
    await page.keyboard.press('k');
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('q');
    await page.keyboard.type('?');
    expect(await page.locator('#keys').isVisible()).toBe(false);
    await page.locator('#main').focus();
    await page.keyboard.press('?');
    await page.getByLabel('single keys are on').uncheck();
    await page.keyboard.press('Escape');
    await page.locator('#main').focus();
    await page.keyboard.press('j');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    expect(world.acted).toEqual([]);
  });

  test('what changes is shown without a reload, told to a screen reader, and takes no focus away', async () => {
    const { page, served } = await look(SCENES.running);
    const pause = page.getByRole('button', { name: 'Pause' });
    await pause.focus();
    const view = rolloutOf(runningView({ route: { primary: 40, canary: 60, mirror: 0 }, sentence: 'Shifting: 60 %.' }));
    await expect
      .poll(async () => {
        served.tell(view);
        return page.locator('.sentence').textContent();
      })
      .toContain('Shifting: 60 %.');
    await expect.poll(() => page.locator('p[role=status].hidden').textContent()).toContain('60 %');
    expect(await focused(page)).toBe('Pause');
    await served.close();
    await expect.poll(() => page.getByText('This may be old').isVisible()).toBe(true);
    expect(await page.locator('.sentence').textContent()).toContain('Shifting: 60 %.');
  });

  describe('without a script', () => {
    const options = { javaScriptEnabled: false };

    test('pause', async () => {
      const { page, world } = await look(SCENES.running, options);
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.waitForURL('**sent=pause**');
      expect(world.acted).toMatchObject([
        { csrf: expect.any(String), action: { verb: 'pause', rollout: 'reviews-7' } },
      ]);
    });

    test('approve, from the list', async () => {
      const { page, world } = await look(SCENES.list, options);
      await page.getByRole('button', { name: 'Approve 40 % of the users' }).click();
      await page.waitForURL('**sent=approve**');
      expect(world.acted[0]?.action).toMatchObject({ verb: 'approve', question: 'reviews-7/canary/canary/1' });
    });

    test('abort', async () => {
      const { page, world } = await look(SCENES.running, options);
      await page.getByRole('link', { name: 'Abort and roll back' }).click();
      await page.getByLabel('Reason').last().fill('errors in the shop');
      await page.getByRole('button', { name: 'Abort reviews' }).click();
      await page.waitForURL('**sent=abort**');
      expect(world.acted[0]?.action).toMatchObject({ verb: 'abort', reason: 'errors in the shop' });
    });
  });
});

/** Of WCAG 2.2 A and AA, and what axe calls best practice. */
async function faults(page: Page): Promise<string[]> {
  // the page's own policy lets no script in: axe comes by the debugger
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

/** What the browser tells a screen reader. */
async function treeOf(page: Page, role: string) {
  const tree = await page.context().newCDPSession(page);
  const { nodes } = await tree.send('Accessibility.getFullAXTree');
  return { tree, found: nodes.filter((node) => !node.ignored && node.role?.value === role) };
}

async function inTree(page: Page, role: string): Promise<string[]> {
  return (await treeOf(page, role)).found.map(({ name }) => name?.value);
}

async function press(page: Page, role: string, name: string): Promise<void> {
  const { tree, found } = await treeOf(page, role);
  const meant = found.filter((node) => node.name?.value === name);
  expect(meant, `${role} ${name}`).toHaveLength(1);
  await tree.send('DOM.focus', { backendNodeId: meant[0]?.backendDOMNodeId });
  await page.keyboard.press('Enter');
}

/** But for what only a script can do. */
function elements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll('main *')].filter(
      (one) => !one.closest('.live') && !one.closest('.chart > *'),
    );
    return all.map((one) => `${one.tagName}.${one.getAttribute('class') ?? ''}`);
  });
}

/** A page has fewer places than that. */
const PLACES = 80;

async function tabTo(page: Page, text: string, key = 'Tab'): Promise<void> {
  for (let places = 0; places < PLACES; places += 1) {
    if ((await focused(page)) === text) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${text} cannot be reached by ${key}`);
}

function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
}
