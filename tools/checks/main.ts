/** `npm run check` */
import { runChecks } from './run.ts';

const { passed, failed } = await runChecks();
console.log(failed.length > 0 ? `\nFailed: ${failed.join(', ')}.` : `\nAll ${passed.length} checks passed.`);
process.exitCode = failed.length > 0 ? 1 : 0;
