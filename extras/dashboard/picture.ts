/**
 * `node tools/run.mjs extras/dashboard/picture.ts docs/dashboard`: the page of the rollout that lab/tour has recorded, as Chromium lays it
 * out, as docs/dashboard.svg and docs/dashboard-dark.svg. Text stays text; what the charts draw is taken line by line.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { bundle } from './build.ts';
import { serve } from './test/support/serve.ts';
import { hostOf, recordedWorld } from './test/support/stand-in.ts';

const CHROMIUM = process.env.SLUICE_CHROMIUM ?? '/usr/bin/chromium';
const [WIDTH, HEIGHT] = [1000, 960];

/** Before the page's own script: what is drawn on a canvas is noted as well. */
function noteCanvases(): void {
  const { prototype } = CanvasRenderingContext2D;
  const paths = new WeakMap<object, string>();
  const notes = new Map<HTMLCanvasElement, string[]>();
  Object.assign(window, { canvasNotes: notes });
  const note = (context: CanvasRenderingContext2D, element: string) => {
    notes.set(context.canvas, [...(notes.get(context.canvas) ?? []), element]);
  };
  for (const owner of [prototype, Path2D.prototype] as CanvasPath[])
    for (const [name, letter] of [
      ['moveTo', 'M'],
      ['lineTo', 'L'],
    ] as const) {
      const draw = owner[name];
      owner[name] = function (this: object, x: number, y: number) {
        // a canvas begins a path with whatever comes first
        paths.set(this, `${paths.get(this) ?? 'M'}${paths.has(this) ? letter : ''}${x.toFixed(1)} ${y.toFixed(1)}`);
        draw.call(this, x, y);
      };
    }
  const arc = Path2D.prototype.arc;
  Path2D.prototype.arc = function (x, y, r, ...rest) {
    const round = `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
    paths.set(this, (paths.get(this) ?? '') + round);
    arc.call(this, x, y, r, ...rest);
  };
  const beginPath = prototype.beginPath;
  prototype.beginPath = function () {
    paths.delete(this);
    beginPath.call(this);
  };
  const put = (context: CanvasRenderingContext2D, path: object, paint: string) => {
    const { e, f } = context.getTransform();
    const d = paths.get(path);
    if (d) note(context, `<path transform="translate(${e} ${f})" d="${d}" ${paint}/>`);
  };
  const { stroke, fill, fillText, clearRect } = prototype;
  prototype.stroke = function (this: CanvasRenderingContext2D, path?: Path2D) {
    const dash = this.getLineDash().join(' ');
    put(
      this,
      path ?? this,
      `fill="none" stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}" stroke-dasharray="${dash}"`,
    );
    return path ? stroke.call(this, path) : (stroke as () => void).call(this);
  } as typeof stroke;
  prototype.fill = function (this: CanvasRenderingContext2D, path?: Path2D) {
    put(this, path ?? this, `fill="${this.fillStyle}"`);
    return path ? fill.call(this, path) : (fill as () => void).call(this);
  } as typeof fill;
  prototype.fillText = function (text, x, y, ...rest) {
    const { e, f } = this.getTransform();
    const anchor = { left: 'start', start: 'start', center: 'middle', right: 'end', end: 'end' }[this.textAlign];
    const bases: Record<string, string> = { top: '.8em', hanging: '.8em', middle: '.35em' };
    const base = bases[this.textBaseline] ?? '0';
    const size = Number.parseFloat(/[\d.]+px/.exec(this.font)?.[0] ?? '12');
    note(
      this,
      `<text x="${x + e}" y="${y + f}" dy="${base}" font-size="${size}" text-anchor="${anchor}" fill="${this.fillStyle}">${text}</text>`,
    );
    fillText.call(this, text, x, y, ...rest);
  };
  prototype.clearRect = function (...area) {
    notes.delete(this.canvas);
    clearRect.apply(this, area);
  };
}

/** In the page: boxes with their borders, then the words, line by line, in the order of the document. */
function draw([width, height]: readonly [number, number]): string {
  const parts: string[] = [];
  const round = (value: number) => Number(value.toFixed(1));
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const box = (element: Element) => {
    const { x, y, width: w, height: h } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const radius = Math.min(Number.parseFloat(style.borderTopLeftRadius) || 0, h / 2);
    const place = `x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}" rx="${round(radius)}"`;
    const fill = element instanceof SVGRectElement ? style.fill : style.backgroundColor;
    if (!/^rgba\(.*, 0\)$/.test(fill)) parts.push(`<rect ${place} fill="${fill}"/>`);
    const sides = ['Top', 'Right', 'Bottom', 'Left'].map((side) => {
      return Number.parseFloat(style.getPropertyValue(`border-${side.toLowerCase()}-width`));
    }) as [number, number, number, number];
    const dash = style.borderTopStyle === 'dashed' ? ' stroke-dasharray="4 3"' : '';
    if (sides.every((side) => side > 0))
      parts.push(`<rect ${place} fill="none" stroke="${style.borderTopColor}"${dash}/>`);
    else if (sides[3] > 0)
      parts.push(
        `<rect x="${round(x)}" y="${round(y)}" width="${sides[3]}" height="${round(h)}" fill="${style.borderLeftColor}"/>`,
      );
    else if (sides[2] > 0)
      parts.push(
        `<rect x="${round(x)}" y="${round(y + h - sides[2])}" width="${round(w)}" height="${sides[2]}" fill="${style.borderBottomColor}"/>`,
      );
  };
  const words = (node: Text) => {
    const style = getComputedStyle(node.parentElement as Element);
    const range = document.createRange();
    const lines: { text: string; x: number; y: number; right: number; bottom: number }[] = [];
    for (let at = 0; at < node.data.length; at += 1) {
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const place = range.getClientRects()[0];
      if (!place || place.width === 0) continue;
      const line = lines.at(-1);
      if (line && Math.abs(line.y - place.y) < 2) {
        line.text += node.data[at];
        line.right = place.right;
      } else
        lines.push({ text: node.data[at] ?? '', x: place.x, y: place.y, right: place.right, bottom: place.bottom });
    }
    const size = Number.parseFloat(style.fontSize);
    const heavy = Number(style.fontWeight) >= 600 ? ' font-weight="bold"' : '';
    const mono = style.fontFamily.includes('mono') ? ' class="m"' : '';
    const underlined = style.textDecorationLine === 'underline' ? ' text-decoration="underline"' : '';
    for (const { text, x, y, right, bottom } of lines) {
      const base = round((y + bottom) / 2 + size * 0.35);
      if (text.trim())
        parts.push(
          `<text x="${round(x)}" y="${base}" textLength="${round(right - x)}" lengthAdjust="spacingAndGlyphs" font-size="${round(size)}" fill="${style.color}"${heavy}${mono}${underlined}>${escaped(text)}</text>`,
        );
    }
  };
  const look = (element: Element) => {
    const { y, width: w } = element.getBoundingClientRect();
    if (!element.checkVisibility() || y > height || y < 0) return;
    // what is for ears alone
    if (w > 1) box(element);
    if (element instanceof HTMLCanvasElement) {
      const { x } = element.getBoundingClientRect();
      const { canvasNotes } = window as unknown as { canvasNotes: Map<HTMLCanvasElement, string[]> };
      parts.push(`<g transform="translate(${round(x)} ${round(y)})">${(canvasNotes.get(element) ?? []).join('')}</g>`);
    }
    for (const child of element.childNodes) {
      if (child instanceof Element) look(child);
      else if (child instanceof Text && w > 1) words(child);
    }
  };
  look(document.body);
  const page = getComputedStyle(document.documentElement).backgroundColor;
  const ink = getComputedStyle(document.body);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="${ink.fontFamily.replaceAll('"', "'")}" color="${ink.color}">`,
    '<style>text{white-space:pre}.m{font-family:ui-monospace,Menlo,Consolas,monospace}</style>',
    `<rect width="${width}" height="${height}" fill="${page}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

async function pictureOf(page: Page, url: string): Promise<string> {
  await page.goto(url);
  await page.locator('canvas').first().waitFor();
  // the charts are drawn a frame later
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  return page.evaluate(draw, [WIDTH, HEIGHT] as const);
}

const [, , to = 'docs/dashboard'] = process.argv;
const dir = mkdtempSync(join(tmpdir(), 'sluice-picture-'));
await bundle(dir);
const world = recordedWorld();
const { extend } = await import(join(dir, 'index.js'));
const served = await serve(await extend(hostOf(world)), world);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await (await browser.newContext({ colorScheme, viewport: { width: WIDTH, height: HEIGHT } })).newPage();
  page.setDefaultTimeout(300_000);
  await page.addInitScript(noteCanvases);
  const picture = await pictureOf(page, `${served.url}/rollouts/local/demo/reviews`);
  writeFileSync(`${to}${colorScheme === 'dark' ? '-dark' : ''}.svg`, picture);
}
await browser.close();
await served.close();
