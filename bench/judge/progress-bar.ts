const BAR = 30;
const EVERY_MS = 200;

export interface ProgressBar {
  show(done: number, all: number): void;
  /** Takes the bar away. */
  close(): void;
}

/** A bar on one line of a terminal, drawn at most five times a second; nothing anywhere else. */
export function openProgress(
  stream: { isTTY?: boolean; write(text: string): unknown },
  quiet: boolean,
  now: () => number = Date.now,
): ProgressBar {
  if (!stream.isTTY || quiet) return { show: () => undefined, close: () => undefined };
  const started = now();
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    show: (done, all) => {
      if (now() - drawn < EVERY_MS) return;
      drawn = now();
      const full = Math.round((BAR * done) / all);
      const left = done > 0 ? Math.ceil(((now() - started) * (all - done)) / done / 1000) : undefined;
      const rest = left === undefined ? '' : `, about ${left} s left`;
      stream.write(`\r[${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${done}/${all} rollouts${rest}\u001b[K`);
    },
    close: () => {
      if (drawn > Number.NEGATIVE_INFINITY) stream.write('\r\u001b[K');
    },
  };
}
