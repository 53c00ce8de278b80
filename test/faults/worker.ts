/**
 * The real worker, started as `worker.ts worker --cluster …`, with one thing added: at FAILPOINT (see tools/failpoint.ts) it
 * ends itself with SIGKILL, so that nothing is flushed, reported or cleaned up.
 */
import { type ActivityInterceptorsFactory, Worker } from '@temporalio/worker';
import { parseFailpoint } from './tools/failpoint.ts';

const failpoint = parseFailpoint(process.env.FAILPOINT ?? '');
let calls = 0;

const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

const failing: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    async execute(input, next) {
      if (context.info.activityType !== failpoint.activity) return next(input);
      calls += 1;
      const due = calls === failpoint.hit;
      if (due && failpoint.point === 'before') die();
      try {
        return await next(input);
      } finally {
        // also when it was cancelled: a watch ends in no other way
        if (due) die();
      }
    },
  },
});

// the product makes its workers itself and knows nothing of this
const create = Worker.create;
Worker.create = (options) => create.call(Worker, { ...options, interceptors: { activity: [failing] } });

await import('../../src/cli/main.ts');
