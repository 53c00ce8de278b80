/** What an IP address is, in whatever way it is written. */
import { BlockList, isIP } from 'node:net';

/** Without brackets and zone, in the one form of RFC 5952; an IPv4 address that an IPv6 one maps is that IPv4 address. */
export function plainAddress(text: string): string {
  const address = text.replace(/^\[|\]$|%.*$/gs, '');
  if (isIP(address) !== 6) return address;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  return [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]).join('.');
}

/** What one client can hardly have many of: its IPv4 address, or the /64 network of its IPv6 address. */
export function networkOf(text: string): string {
  const address = plainAddress(text);
  if (isIP(address) !== 6) return address;
  const [before = [], after = []] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}

/** This machine, by name or address. */
export function isLoopback(host: string): boolean {
  const name = plainAddress(host).toLowerCase().replace(/\.$/, '');
  if (isIP(name) === 4) return name.startsWith('127.');
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost');
}

/** What the text alone of a web address shows; what a name leads to is seen when it is connected to. */
export function isLocalHost(address: string): boolean {
  const { hostname } = new URL(address);
  return isLoopback(hostname) || isLocal(hostname);
}

/** This machine, its link, its cloud's metadata (Alibaba's, Azure's and Oracle's are not link-local), multicast and what is reserved. */
const LOCAL_IPV4 =
  '0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 224.0.0.0/3 100.100.100.200/32 168.63.129.16/32 192.0.0.192/32';
/** The same, metadata of Amazon and Google, and what an IPv4 address may be inside of: compatible, translated, NAT64, Teredo, 6to4. */
const LOCAL_IPV6 =
  '::/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 2001::/32 2002::/16 fe80::/9 ff00::/8 fd00:ec2::254/128 fd20:ce::254/128';

const LOCAL = new BlockList();
for (const [ranges, family] of [[LOCAL_IPV4, 'ipv4'] as const, [LOCAL_IPV6, 'ipv6'] as const])
  for (const [network = '', bits] of ranges.split(' ').map((range) => range.split('/')))
    LOCAL.addSubnet(network, Number(bits), family);

/** Of this machine, its link or its cloud's metadata, or no address of a single host: nothing that a team's server has. */
export function isLocal(text: string): boolean {
  const address = plainAddress(text);
  return isIP(address) !== 0 && LOCAL.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
