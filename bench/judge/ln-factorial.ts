const TABLE_SIZE = 256;
const HALF_LN_TAU = 0.5 * Math.log(2 * Math.PI);

const TABLE = new Float64Array(TABLE_SIZE);
for (let k = 2; k < TABLE_SIZE; k += 1) TABLE[k] = (TABLE[k - 1] ?? 0) + Math.log(k);

/** ln k! of a whole number from 0: a table, then Stirling's series (next term below 1e-19 from 256 on). */
export function lnFactorial(k: number): number {
  if (k < TABLE_SIZE) return TABLE[k] ?? 0;
  const inverse = 1 / k;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square / 1260));
  return (k + 0.5) * Math.log(k) - k + HALF_LN_TAU + series;
}
