/**
 * All pods of the lab share one network, so a wildcard in a command line must not take a port from every other pod: the
 * program gets a loopback address of its own, and the pod's address belongs to the sidecar before it.
 */

// 0.0.0.0:80, [::]:80, *:80 or :80, alone or as the value of --option=…
const WILDCARD = /^(?<before>-[\w-]*=)?(?:0\.0\.0\.0|\[::\]|\*)?:(?<port>\d{1,5})$/;

export interface OwnAddress {
  argv: string[];
  /** Ports that the program was told to take on every address. */
  ports: number[];
}

/** Puts `address` where a command line says "every address". */
export function ownAddress(argv: readonly string[], address: string): OwnAddress {
  const ports: number[] = [];
  const changed = argv.map((word) => {
    const match = word.match(WILDCARD)?.groups;
    if (!match) return word;
    ports.push(Number(match.port));
    return `${match.before ?? ''}${address}:${match.port}`;
  });
  return { argv: changed, ports: [...new Set(ports)] };
}

/** The loopback address that belongs to a pod: 127.244.1.10 for 10.244.1.10. */
export function loopbackOf(podAddress: string): string {
  return podAddress.replace(/^10\./, '127.');
}
