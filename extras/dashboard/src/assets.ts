/** Script and style, each under a name that changes with what it says, so that browsers keep them for ever. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Assets {
  /** Addresses. */
  script: string;
  style: string;
  /** By address. */
  files: ReadonlyMap<string, { type: string; text: string }>;
}

/** @param dir where the build has put them */
export function readAssets(dir: string): Assets {
  const script = asset(dir, 'client.js', 'text/javascript');
  const style = asset(dir, 'style.css', 'text/css');
  return {
    script: script.address,
    style: style.address,
    files: new Map([script, style].map((one) => [one.address, one])),
  };
}

function asset(dir: string, name: string, type: string) {
  const text = readFileSync(join(dir, name), 'utf8');
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { address: `/assets/${hash}-${name}`, type: `${type}; charset=utf-8`, text };
}

/** @returns undefined: there is no such file */
export function answerAsset({ files }: Assets, path: string): Response | undefined {
  const file = files.get(path);
  if (!file) return undefined;
  const headers = {
    'content-type': file.type,
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  };
  return new Response(file.text, { headers });
}
