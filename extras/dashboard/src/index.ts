/** Sluice in a browser. The installation names this package in `extensions`; the server asks `extend` for pages. */
import type { Extend } from 'sluice/server';
import { readAssets } from './assets.ts';
import { dashboard } from './dashboard.ts';

export const extend: Extend = (host) => dashboard(host, readAssets(import.meta.dirname));
