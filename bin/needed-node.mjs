/** Whether the Node that runs is new enough for Sluice, by package.json. */
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [neededMajor, neededMinor] = engines.node.match(/\d+/g).map(Number);
const [major, minor] = process.versions.node.split('.').map(Number);

export const NEEDED = `Sluice needs Node ${neededMajor}.${neededMinor} or newer; this is ${process.versions.node}`;
export const isFitting = major > neededMajor || (major === neededMajor && minor >= neededMinor);
