/** What a program does besides answering, as named by the suffixes of its image tag. Times are milliseconds. */
export interface Behaviours {
  /** Share of requests outside /health, /ready and /env that are answered with 500; 0–100. */
  errorPercent: number;
  /** Added to every answer outside /health, /ready and /env. */
  slowMs: number;
  /** Exit with code 1 this long after the start, each time; null for never. */
  crashAfterMs: number | null;
  /** Exit with code 0 this long after the start (for Jobs); null for never. */
  doneAfterMs: number | null;
  /** Ready this long after the start; null for never ready. */
  readyAfterMs: number | null;
  /** Readiness alternates with this half-period; null for steady. */
  flapMs: number | null;
  /** The image cannot be pulled. */
  pullError: boolean;
  /** /health answers 500 while /ready is not affected. */
  failHealth: boolean;
  /** Exit at once on SIGTERM instead of serving on for a moment while the mesh forgets the pod. */
  abrupt: boolean;
}

/** A program that only answers. */
export const NO_BEHAVIOURS: Behaviours = {
  errorPercent: 0,
  slowMs: 0,
  crashAfterMs: null,
  doneAfterMs: null,
  readyAfterMs: 0,
  flapMs: null,
  pullError: false,
  failHealth: false,
  abrupt: false,
};

interface Suffix {
  shown: string;
  pattern: RegExp;
  read: (match: RegExpMatchArray) => Partial<Behaviours>;
}

const TIME = '(\\d+)(ms|s)';

function milliseconds(match: RegExpMatchArray): number {
  return Number(match[1]) * (match[2] === 's' ? 1000 : 1);
}

// A longer form stands before the form it begins with.
const SUFFIXES: Suffix[] = [
  suffix('-err30', 'err(\\d{1,2}|100)', (m) => ({ errorPercent: Number(m[1]) })),
  suffix('-slow400ms', `slow${TIME}`, (m) => ({ slowMs: milliseconds(m) })),
  suffix('-crash-after-10s', `crash-after-${TIME}`, (m) => ({ crashAfterMs: milliseconds(m) })),
  suffix('-crash', 'crash', () => ({ crashAfterMs: 1000 })),
  suffix('-done-after-5s', `done-after-${TIME}`, (m) => ({ doneAfterMs: milliseconds(m) })),
  suffix('-done', 'done', () => ({ doneAfterMs: 1000 })),
  suffix('-never-ready', 'never-ready', () => ({ readyAfterMs: null })),
  suffix('-ready-after-20s', `ready-after-${TIME}`, (m) => ({ readyAfterMs: milliseconds(m) })),
  suffix('-flap5s', `flap${TIME}`, (m) => ({ flapMs: milliseconds(m) })),
  suffix('-flap', 'flap', () => ({ flapMs: 3000 })),
  suffix('-pull-error', 'pull-error', () => ({ pullError: true })),
  suffix('-fail-health', 'fail-health', () => ({ failHealth: true })),
  suffix('-abrupt', 'abrupt', () => ({ abrupt: true })),
];

/** The suffixes as people write them, for messages. */
export const KNOWN_BEHAVIOURS: string[] = SUFFIXES.map((s) => s.shown);

/**
 * Splits a tag into the version before the first `-` and the behaviours after it.
 * @throws RangeError naming the known suffixes when one is unknown.
 */
export function parseTag(tag: string): { version: string; behaviours: Behaviours } {
  const dash = tag.indexOf('-');
  if (dash < 0) return { version: tag, behaviours: { ...NO_BEHAVIOURS } };
  const behaviours = { ...NO_BEHAVIOURS };
  let rest = tag.slice(dash + 1);
  while (rest !== '') {
    const known = firstMatch(rest);
    if (!known) throw new RangeError(`unknown behaviour "-${rest}"; known are ${KNOWN_BEHAVIOURS.join(' ')}`);
    Object.assign(behaviours, known.behaviours);
    rest = rest.slice(known.length);
  }
  return { version: tag.slice(0, dash), behaviours };
}

function firstMatch(text: string): { behaviours: Partial<Behaviours>; length: number } | undefined {
  for (const { pattern, read } of SUFFIXES) {
    const match = text.match(pattern);
    if (match) return { behaviours: read(match), length: match[0].length };
  }
  return undefined;
}

function suffix(shown: string, body: string, read: Suffix['read']): Suffix {
  return { shown, pattern: new RegExp(`^${body}(?:-|$)`), read };
}
