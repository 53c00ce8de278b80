/** Figures of the comparison, as people read them. */

/** e^ln as "n to 1": three digits, a power of ten beyond a million either way. */
export function odds(ln: number): string {
  const ten = ln / Math.LN10;
  if (Math.abs(ten) >= 6) return `10^${Math.floor(ten)}`;
  return String(Number(Math.exp(ln).toPrecision(3)));
}

/** A share in percent: `0.13 %`, two significant digits below 10 %, one decimal above. */
export function percent(share: number): string {
  const percents = 100 * share;
  return `${Number(percents >= 10 ? percents.toFixed(1) : percents.toPrecision(2))} %`;
}
