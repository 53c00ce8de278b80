import { BlockList, isIP } from 'node:net';
import { plainAddress } from '../network/address.ts';

/** Proxies whose word about the client is taken. */
export class TrustedProxies {
  readonly #ranges = new BlockList();

  /** @param ranges addresses, or ranges such as 10.0.0.0/8  @throws RangeError for anything else */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) this.#add(range);
  }

  has(address: string): boolean {
    const plain = plainAddress(address);
    return isIP(plain) !== 0 && this.#ranges.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
  }

  /** The last address of `X-Forwarded-For` that no trusted proxy has; what stands before it anybody may have written. */
  clientOf(peer: string, forwardedFor = ''): string {
    const hops = forwardedFor.split(',').map((hop) => hop.trim());
    let client = peer;
    while (this.has(client)) {
      const hop = hops.pop();
      if (hop === undefined || isIP(hop) === 0) break;
      client = hop;
    }
    return client;
  }

  #add(range: string): void {
    const [, address = '', bits] = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(range) ?? [];
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const longest = family === 'ipv6' ? 128 : 32;
    if (isIP(address) === 0 || Number(bits ?? 0) > longest)
      throw new RangeError(`${JSON.stringify(range)} is no address and no range of addresses, for example 10.0.0.0/8`);
    this.#ranges.addSubnet(address, Number(bits ?? longest), family);
  }
}
