/** Numbers in sentences. */

/** At most three decimals, no trailing zeros: `99`, `99.5`. */
export function formatNumber(value: number): string {
  return String(Number(value.toFixed(3)));
}

/** As short as possible from one decimal on, but never rounded onto or across the limit it is held against. */
export function formatBeside(value: number, limit: number): string {
  for (const digits of [1, 2, 3]) {
    const text = value.toFixed(digits);
    if (Math.sign(Number(text) - limit) === Math.sign(value - limit)) return String(Number(text));
  }
  return String(value);
}
