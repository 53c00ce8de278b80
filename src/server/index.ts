/** What the package gives to those who serve HTTP with something else than Node's listener. */
export { openInstallation } from '../installation/open.ts';
export { type OpenServer, openServer, type ServerOptions } from './main.ts';
