/**
 * Pictures of a rollout for terminals. Everything here is pure: a view in, lines out. No terminal, clock or client is touched;
 * what came from elsewhere is cleaned before it is shown.
 */
import { checks } from './checks.ts';
import { comparison } from './comparison.ts';
import { footer } from './footer.ts';
import { header } from './header.ts';
import type { TerminalLook } from './look.ts';
import type { Painter, Picture } from './picture.ts';
import { steps } from './steps.ts';
import { cleanDeep } from './text.ts';
import { traffic } from './traffic.ts';

const FEWEST_STEPS = 3;
/** What to type, at the end, stays longest. */
const LAST_LINES = 5;

/**
 * The whole rollout, no line wider than `look.width`. With `look.height` it is never higher: first the steps fold, then blank
 * lines go, then what stands above the commands is cut.
 */
export function renderRollout(picture: Picture, look: TerminalLook): string[] {
  const painter: Painter = { ...picture, view: cleanDeep(picture.view), live: cleanDeep(picture.live), look };
  const top = header(painter);
  const below = [traffic(painter), checks(painter), comparison(painter), footer(painter)].filter(
    ({ length }) => length > 0,
  );
  const height = look.height ?? Number.POSITIVE_INFINITY;
  const fixed = top.length + below.reduce((sum, block) => sum + block.length, 0);
  const gaps = 1 + below.length;
  const loose = height - fixed - gaps >= FEWEST_STEPS;
  const list = steps(painter, Math.max(FEWEST_STEPS, height - fixed - (loose ? gaps : 0)));
  const blocks = [top, list, ...below];
  const lines = blocks.flatMap((block, index) => (loose && index > 0 ? ['', ...block] : block));
  if (lines.length <= height) return lines;
  const last = Math.min(LAST_LINES, height);
  return [...lines.slice(0, height - last), ...lines.slice(-last)];
}
