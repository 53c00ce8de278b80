/** Other builds of Sluice: a copy of its source with a few lines changed. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** Inside the project, so that packages are found. */
const BUILDS = join(ROOT, 'out', 'builds');

export interface SourceEdit {
  /** Below `src`. */
  file: string;
  /** Text that is there once. */
  from: string;
  to: string;
}

export interface Build {
  /** Its command line. */
  main: string;
  /** Its workflow code, made before anything waits for it. */
  bundle: string;
}

/** @throws Error when a text to change is not there: the source has moved on, and so must the row */
export async function buildWith(edits: SourceEdit[]): Promise<Build> {
  mkdirSync(BUILDS, { recursive: true });
  const folder = mkdtempSync(join(BUILDS, 'build-'));
  for (const part of ['src', 'package.json']) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  for (const edit of edits) {
    const path = join(folder, 'src', edit.file);
    writeFileSync(path, edited(readFileSync(path, 'utf8'), edit));
  }
  const { workflowBundle } = (await import(
    join(folder, 'src/worker/bundle.ts')
  )) as typeof import('../../../src/worker/bundle.ts');
  return { main: join(folder, 'src/cli/main.ts'), bundle: await workflowBundle() };
}

/** @throws Error when the text to change is not there once */
export function edited(text: string, { file, from, to }: SourceEdit): string {
  if (text.split(from).length !== 2) throw new Error(`${file} does not have exactly one "${from}"`);
  return text.replace(from, () => to);
}
