/** What a test may change in a running program by POST /control on the sidecar port. */
export interface Control {
  /** Overrides the image's error share, 0–100. */
  errorPercent?: number;
  /** Overrides the image's delay, milliseconds. */
  slowMs?: number;
  /** true closes the app's listening socket and drops its connections; false listens again. */
  refuse?: boolean;
  /** true: requests outside the sidecar port are never answered. */
  hang?: boolean;
  /** true: requests outside the sidecar port are answered by a connection that breaks; of calls the stream alone. */
  drop?: boolean;
  /** Overrides readiness on every port. */
  ready?: boolean;
  /** Exit with code 1 at once. */
  crash?: boolean;
  /** Back to what the image says, before the other keys are applied. */
  reset?: boolean;
}

const NUMBERS = { errorPercent: 100, slowMs: 600_000 } as const;
const FLAGS = ['refuse', 'hang', 'drop', 'ready', 'crash', 'reset'] as const;

/** Reads the body of POST /control. @throws RangeError that names the key and what would be right. */
export function parseControl(body: string): Control {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new RangeError('body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RangeError('body is no object');
  for (const [key, item] of Object.entries(value)) checkEntry(key, item);
  return value as Control;
}

function checkEntry(key: string, item: unknown): void {
  if (Object.hasOwn(NUMBERS, key)) {
    const max = NUMBERS[key as keyof typeof NUMBERS];
    if (typeof item !== 'number' || !(item >= 0 && item <= max)) throw new RangeError(`${key}: a number, 0 to ${max}`);
  } else if ((FLAGS as readonly string[]).includes(key)) {
    if (typeof item !== 'boolean') throw new RangeError(`${key}: true or false`);
  } else {
    throw new RangeError(`unknown key ${key}; known are ${[...Object.keys(NUMBERS), ...FLAGS].join(', ')}`);
  }
}
