/** Vitest's reporter that stores each file as soon as it has run, in the file that `TEST_RESULTS` names. */
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { ResultFile } from './results.ts';
import type { TierName } from './tiers.ts';

/** Marks a test that claims at a further place what another one claims already; `npm run test:all` runs it. */
export const REPEAT = 'repeat';

const SLOW_MS = 1_000;
const LONGEST_ERROR = 300;

export default class ResultReporter implements Reporter {
  readonly #file = new ResultFile(process.env.TEST_RESULTS ?? 'out/test/results.jsonl');
  readonly #started = new Map<string, number>();

  onTestModuleStart({ moduleId }: TestModule): void {
    this.#started.set(moduleId, Date.now());
  }

  onTestModuleEnd(module: TestModule): void {
    const tests = [...module.children.allTests()];
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const failed = count('failed');
    const to = Date.now();
    this.#file.add({
      tier: module.project.name as TierName,
      file: module.relativeModuleId,
      passed: count('passed'),
      // a file that breaks outside its tests has none that failed
      failed: failed === 0 && !module.ok() ? 1 : failed,
      errors: [...tests, module].flatMap(errorsOf),
      left: tests.filter((test) => test.result().state === 'skipped' && test.options.tags?.includes(REPEAT)).length,
      from: this.#started.get(module.moduleId) ?? to,
      to,
      slow: tests.filter((test) => milliseconds(test) >= SLOW_MS).map(slowTest),
    });
  }
}

function errorsOf(one: TestCase | TestModule): { name: string; says: string }[] {
  const errors = one.type === 'test' ? one.result().errors : one.errors();
  const name = one.type === 'test' ? one.fullName : 'outside of its tests';
  return (errors ?? []).map(({ message }) => ({ name, says: (message.split('\n')[0] ?? '').slice(0, LONGEST_ERROR) }));
}

function milliseconds(test: TestCase): number {
  return test.diagnostic()?.duration ?? 0;
}

function slowTest(test: TestCase): { name: string; seconds: number } {
  return { name: test.fullName, seconds: Math.round(milliseconds(test) / 100) / 10 };
}
