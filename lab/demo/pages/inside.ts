/** `node inside.ts`: starts the server of the pages and prints the path of a login that is good once. */
import { join } from 'node:path';
import { currentLab } from '../../index.ts';
import { startInBackground } from '../background.ts';

const log = join(currentLab().logs, 'demo-pages.log');
console.log(await startInBackground<string>([join(import.meta.dirname, 'main.ts')], log));
