/** Whom a test hook asks. */
interface ServiceHosts {
  /** Without its arm: `reviews`, whose canary is `reviews-canary`. */
  service: string;
  namespace: string;
}

interface Reached {
  /** `route`: what stands in front of both. */
  arm: 'canary' | 'primary' | 'route';
  /** Repaired where the host as written is nobody. */
  host: string;
  repaired: boolean;
}

const REST = [[], ['svc'], ['svc', 'cluster', 'local']];

export function reached(hostname: string, { service, namespace }: ServiceHosts): Reached {
  const [first = '', ...rest] = hostname.split('.');
  const arm = { [`${service}-canary`]: 'canary', [`${service}-primary`]: 'primary', [service]: 'primary' }[first];
  if (arm !== 'canary' && arm !== 'primary') return { arm: 'route', host: hostname, repaired: false };
  const nobody = rest[0] === 'svc';
  const tail = nobody ? rest : rest.slice(1);
  const isCluster = REST.some((one) => one.join('.') === tail.join('.'));
  if (!isCluster) return { arm: 'route', host: hostname, repaired: false };
  const within = rest.length === 0 || nobody ? namespace : rest[0];
  return { arm, host: `${first}.${within}`, repaired: nobody };
}
