/** An answer holds for as long, whoever asks how often, ms. */
export const KNOWN_MS = 5_000;

/** Asks once for all who want to know meanwhile, and not again for 5 s. */
export function remembered<T>(ask: () => Promise<T>, clock: () => number): () => Promise<T> {
  let known: { until: number; answer: Promise<T> } | undefined;
  return () => {
    if (!known || clock() >= known.until) known = { until: clock() + KNOWN_MS, answer: ask() };
    return known.answer;
  };
}
