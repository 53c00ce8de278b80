/** Connections to addresses that others gave: never to this machine, its link or its cloud's metadata. */
import { type LookupOptions, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isLocal, plainAddress } from './address.ts';

/** Of the error that ends such a connection. */
const WALLED = 'ERR_LOCAL_ADDRESS';

/** For undici's `connect`: what is connected to is what was checked, so a name that changes its address gains nothing. */
export function walledConnect(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: walledLookup } as buildConnector.BuildOptions);
  return (target, done) => {
    if (isIP(plainAddress(target.hostname)) && isLocal(target.hostname)) done(walled(), null);
    else connect(target, done);
  };
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
