/** Small things that every page has. */
import type { ComponentChildren } from 'preact';
import { type Badge, type RolloutView, stateBadge, stateWord } from 'sluice/contract';
import { dayAndTime, type Refusal } from './data.ts';

/** A mark and its word: whoever sees no colour or hears the page gets the word. */
export function Word({ badge: { mark, style }, children }: { badge: Badge; children: ComponentChildren }) {
  return (
    <span class={`word ${style}`}>
      <span aria-hidden="true">{mark}</span> {children}
    </span>
  );
}

export function StateWord({ of }: { of: Pick<RolloutView, 'state' | 'outcome'> }) {
  return <Word badge={stateBadge(of)}>{stateWord(of)}</Word>;
}

export function Time({ at, short }: { at: string; short?: string }) {
  return (
    <time dateTime={at} title={dayAndTime(at)}>
      {short ?? dayAndTime(at)}
    </time>
  );
}

/** What went wrong, and what would be right: it stays until the page is left. */
export function RefusalNote({ refusal: { title, remedy } }: { refusal: Refusal }) {
  return (
    <div class="note bad" role="alert">
      <p>
        <strong>{title}</strong>
      </p>
      {remedy && <p>What would be right: {remedy}</p>}
    </div>
  );
}

/** Safe addresses alone: a plan's links are text that others wrote. */
export function OutsideLink({ href, children }: { href: string; children: ComponentChildren }) {
  if (!/^https?:\/\//i.test(href)) return <>{children}</>;
  return (
    <a href={href} rel="noreferrer">
      {children}
    </a>
  );
}

/** What may be wider than the page scrolls by itself, with the keyboard too. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no pointer scrolls with the focus in it
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
