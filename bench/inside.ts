/** The half that runs inside the lab: progress on stderr, the results as JSON on stdout. */
import type { MeasureOptions, Result } from './lib/result.ts';
import { MEASUREMENTS } from './measurements/index.ts';

const { names, ...options } = JSON.parse(process.argv[2] ?? '{}') as Omit<MeasureOptions, 'say'> & { names: string[] };
const say = (line: string) => process.stderr.write(`${line}\n`);
const results: Result[] = [];
for (const name of names) {
  const measure = MEASUREMENTS[name];
  if (!measure) throw new Error(`there is no measurement ${name}`);
  results.push(...(await measure({ ...options, say })));
}
process.stdout.write(`${JSON.stringify(results)}\n`);
// connections that a failed measurement left open must not keep the process
process.exit(0);
