/** Whom a test hook asks. */
interface ServiceHosts {
  /** Without its arm: `reviews`, whose canary is `reviews-canary`. */
  service: string;
  namespace: string;
  /** The route splits the users of the Service without an arm. */
  meshed?: boolean;
}

interface Reached {
  /** `route`: what stands in front of both. */
  arm: 'canary' | 'primary' | 'route';
  /** Repaired where the host as written is nobody. */
  host: string;
  repaired: boolean;
}

const REST = [[], ['svc'], ['svc', 'cluster', 'local']];

export function reached(hostname: string, { service, namespace, meshed }: ServiceHosts): Reached {
  const [first = '', ...rest] = hostname.split('.');
  const arm = {
    [`${service}-canary`]: 'canary',
    [`${service}-primary`]: 'primary',
    [service]: meshed ? 'route' : 'primary',
  }[first];
  const nobody = rest[0] === 'svc';
  const tail = nobody ? rest : rest.slice(1);
  const isCluster = REST.some((one) => one.join('.') === tail.join('.'));
  if (!isCluster) return { arm: 'route', host: hostname, repaired: false };
  const within = rest.length === 0 || nobody ? namespace : rest[0];
  const host = `${first}.${within}`;
  if (arm === 'canary' || arm === 'primary') return { arm, host, repaired: nobody };
  return { arm: 'route', host: rest.length === 0 ? host : hostname, repaired: false };
}
