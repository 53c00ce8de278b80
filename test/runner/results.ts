/** What ran, kept on disk file by file, so that an interrupted run loses nothing. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TierName } from './tiers.ts';

/** Of one test file, or of a tier that has none. */
export interface TestFileResult {
  tier: TierName;
  /** Relative to the repository; the tier's name where it has no files. */
  file: string;
  passed: number;
  failed: number;
  /** What failed, and the first line of why. */
  errors?: { name: string; says: string }[];
  /** Repeats of claims that were left out. */
  left: number;
  /** Epoch ms. */
  from: number;
  to: number;
  /** Its tests that took a second or longer. */
  slow: { name: string; seconds: number }[];
}

/** Where results of a run are; the newest of each file counts. */
export class ResultFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  read(): TestFileResult[] {
    if (!existsSync(this.path)) return [];
    const text = readFileSync(this.path, 'utf8');
    // a last line that is not whole is left out
    const lines = text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean);
    const results = lines.map((line) => JSON.parse(line) as TestFileResult);
    return [...new Map(results.map((result) => [`${result.tier} ${result.file}`, result])).values()];
  }

  add(result: TestFileResult): void {
    mkdirSync(dirname(this.path), { recursive: true });
    appendFileSync(this.path, `${JSON.stringify(result)}\n`);
  }

  /** Forgets all others. */
  keep(wanted: (result: TestFileResult) => boolean): void {
    const kept = this.read().filter(wanted);
    rmSync(this.path, { force: true });
    for (const result of kept) this.add(result);
  }
}
