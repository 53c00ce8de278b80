/** Requests per second that reach the service, and how the canary gets its part. */
export interface SimulatedTraffic {
  /** `50rps-5`: the canary serves 5 %; `50rps-mirror`: it gets a copy of each. */
  name: string;
  rps: number;
  /** Percent of the requests, above 0 and below 100. */
  share: number | 'mirror';
}

export const TRAFFIC: readonly SimulatedTraffic[] = [
  '1rps-5',
  '50rps-5',
  '1000rps-5',
  '1rps-mirror',
  '50rps-mirror',
  '1000rps-mirror',
].map(parseTraffic);

/** @throws RangeError saying how it is written */
export function parseTraffic(name: string): SimulatedTraffic {
  const [, rps, share] = /^(\d+(?:\.\d+)?)rps-(\d+(?:\.\d+)?|mirror)$/.exec(name) ?? [];
  const part = share === 'mirror' ? share : Number(share);
  const right = Number(rps) > 0 && Number(rps) <= 1e6 && (part === 'mirror' || (part > 0 && part < 100));
  if (!right)
    throw new RangeError(
      `traffic "${name}" is not known: write RATErps-WEIGHT or RATErps-mirror, such as 50rps-5 or 50rps-mirror`,
    );
  return { name, rps: Number(rps), share: part };
}
