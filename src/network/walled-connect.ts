/** Connections to addresses that others gave: never to this machine, its link or its cloud's metadata. */
import dns, { type LookupOptions, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { buildConnector } from 'undici';
import { isLocal, plainAddress } from './address.ts';

/** Of the error that ends such a connection. */
export const WALLED = 'ERR_LOCAL_ADDRESS';

/** For undici's `connect`: what is connected to is what was checked, so a name that changes its address gains nothing. */
export function walledConnect(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: walledLookup } as buildConnector.BuildOptions);
  return (target, done) => {
    if (isIP(plainAddress(target.hostname)) && isLocal(target.hostname)) done(walled(), null);
    else connect(target, done);
  };
}

/**
 * The same for the whole process, whatever library connects: for one of its own that goes nowhere but to these.
 * @returns whether there is any use in connecting; an address that is written as digits is not looked up, and so not met again
 */
export async function wallProcess(urls: readonly string[]): Promise<boolean> {
  dns.lookup = walledLookup as typeof dns.lookup;
  const looks = urls.map(async (url) => {
    const host = plainAddress(new URL(url).hostname);
    return !isLocal(host) && (isIP(host) !== 0 || (await promisify(dns.lookup)(host, {})));
  });
  return (await Promise.allSettled(looks)).every((look) => look.status === 'fulfilled' && look.value);
}

const walledLookup: LookupFunction = (hostname, options: LookupOptions, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses = []) => {
    const [first] = addresses;
    if (error) done(error, []);
    else if (!first || addresses.some(({ address }) => isLocal(address))) done(walled(), []);
    else if (options.all) done(null, addresses);
    else done(null, first.address, first.family);
  });
};

function walled(): NodeJS.ErrnoException {
  return Object.assign(new Error('the address is local'), { code: WALLED });
}
