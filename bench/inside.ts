/** The half that runs inside the lab: progress on stderr, the results as JSON on stdout. */
import type { MeasureOptions, Name, Result } from './lib/result.ts';
import { MEASUREMENTS } from './measurements/index.ts';

const { names, ...options } = JSON.parse(process.argv[2] ?? '{}') as Omit<MeasureOptions, 'say'> & { names: Name[] };
const say = (line: string) => process.stderr.write(`${line}\n`);
const results: Result[] = [];
// an exit ends the processes that were started, a signal alone would not
process.once('SIGTERM', () => process.exit(143));
for (const name of names) results.push(...(await MEASUREMENTS[name]({ ...options, say })));
process.stdout.write(`${JSON.stringify(results)}\n`);
// connections that a failed measurement left open must not keep the process
process.exit(0);
