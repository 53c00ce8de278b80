/** Coefficients of Stirling's series, B(2k) / (2k (2k - 1)). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360];

/** ln of the gamma function for z above 0 (Stirling's series, after raising z to 10 or more). */
function lnGamma(z: number): number {
  let [x, product] = [z, 1];
  while (x < 10) {
    product *= x;
    x += 1;
  }
  let series = 0;
  for (let i = STIRLING.length - 1; i >= 0; i -= 1) series = (series + (STIRLING[i] ?? 0)) / (i === 0 ? x : x * x);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}

/** ln of the beta function for a and b above 0. */
export function lnBeta(a: number, b: number): number {
  return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
}
