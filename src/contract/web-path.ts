/** What the path of a web check may name, escaped so that it stays a part of path or query. Pure. */

const PLACEHOLDER = /\{\{([^{}]{0,64})\}\}/g;

/** Of the canary. */
export interface WebValues {
  namespace: string;
  workload: string;
  service: string;
  /** `pod-template-hash`. */
  revision: string;
}

const KNOWN: readonly string[] = ['namespace', 'workload', 'service', 'revision'] satisfies (keyof WebValues)[];

/** The first placeholder that stands for nothing; undefined: there is none. */
export function unknownInPath(path: string): string | undefined {
  return [...path.matchAll(PLACEHOLDER)].map(([, name = '']) => name.trim()).find((name) => !KNOWN.includes(name));
}

export function renderPath(path: string, values: WebValues): string {
  return path.replace(PLACEHOLDER, (_whole, name: string) =>
    encodeURIComponent(values[name.trim() as keyof WebValues] ?? ''),
  );
}
