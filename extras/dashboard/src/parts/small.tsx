/** Small things that every page has. */
import type { ComponentChildren } from 'preact';
import { type Badge, type RolloutView, stateBadge, stateWord } from 'sluice/contract';
import { type ApiRefusal, dayAndTime } from './data.ts';

/** Drawn, as many machines have no font with them: hand, pause, broom. */
const SHAPES: Record<string, string> = {
  '✋': 'M8 0 16 8 8 16 0 8ZM7 3.5h2v5.5H7zM7 10.5h2v2H7z',
  '⏸': 'M2.5 1.5h4v13h-4zM9.5 1.5h4v13h-4z',
  '⌫': 'M0 8 5 3h11v10H5ZM7 5.5l5 5M12 5.5l-5 5',
};

/** A shape of its own for each state; the word stands beside it. */
export function Mark({ mark }: { mark: string }) {
  const shape = SHAPES[mark];
  if (!shape) return <span aria-hidden="true">{mark}</span>;
  return (
    <svg class="shape" viewBox="0 0 16 16" aria-hidden="true">
      <path d={shape} fill-rule="evenodd" />
    </svg>
  );
}

/** A mark and its word: whoever sees no colour or hears the page gets the word. */
export function Word({ badge: { mark, style }, children }: { badge: Badge; children: ComponentChildren }) {
  return (
    <span class={`word ${style}`}>
      <Mark mark={mark} /> {children}
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
export function RefusalNote({ refusal: { title, remedy } }: { refusal: ApiRefusal }) {
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

/** A table of links, one to a row. */
export function Rows({ label, columns, children }: { label: string; columns: string[]; children: ComponentChildren }) {
  return (
    <Scroll label={label}>
      <table class="rows">
        <thead>
          <tr>
            {columns.map((title) => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Scroll>
  );
}
