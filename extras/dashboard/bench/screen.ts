/** A real Chromium: when a share is on its screen, and how soon a page has its first picture. */
import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM = process.env.SLUICE_CHROMIUM ?? '/usr/bin/chromium';

export async function openScreen(url: string, token: string): Promise<{ browser: Browser; page: Page }> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(`${url}/login`);
  await page.getByLabel('API token').fill(token);
  await page.getByRole('button', { name: 'Log in with a token' }).click();
  await page.waitForURL(`${url}/`);
  return { browser, page };
}

/** Notes when the page says which share of the users was asked for. */
export async function noteShares(page: Page): Promise<void> {
  await page.evaluate(() => {
    const shown: Record<string, number> = {};
    const look = () => {
      const [, share] = /(\d+) % on the canary/.exec(document.querySelector('main')?.textContent ?? '') ?? [];
      if (share !== undefined) shown[share] ??= Date.now();
    };
    Object.assign(window, { shown });
    // a frame later it is on the screen
    new MutationObserver(() => requestAnimationFrame(look)).observe(document.body, {
      ...{ subtree: true, childList: true, characterData: true },
    });
  });
}

export function sharesShown(page: Page): Promise<Record<string, number>> {
  return page.evaluate(() => (window as unknown as { shown: Record<string, number> }).shown);
}

/** @returns first contentful paint of each load, ms since it was asked for */
export async function firstPictures(page: Page, path: string, loads: number): Promise<number[]> {
  const times: number[] = [];
  for (let load = 0; load < loads; load += 1) {
    await page.goto(path);
    times.push(
      await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            new PerformanceObserver((seen) => {
              const paint = seen.getEntriesByName('first-contentful-paint')[0];
              if (paint) resolve(paint.startTime);
            }).observe({ type: 'paint', buffered: true });
          }),
      ),
    );
  }
  return times;
}
