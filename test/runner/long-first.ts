/** The order of test files: as vitest has it, but small files that take long come first, so that none is left over at the end. */
import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of a minute and more that vitest, which goes by size as long as it knows no times, would begin last. */
export const LONG = ['events', 'versions', 'promotion'];

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return longFirst(await super.sort(files));
  }
}

export function longFirst(files: readonly TestSpecification[]): TestSpecification[] {
  const isLong = ({ moduleId }: TestSpecification) => LONG.includes(basename(moduleId, '.test.ts'));
  return [...files.filter(isLong), ...files.filter((file) => !isLong(file))];
}
