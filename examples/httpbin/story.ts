/** Two documents: copies to a second version by `mirrorPercentage`, and by the older `mirrorPercent`. */
import { type Arrivals, type Example, Mirror, type Row, type Size, type Stage } from '../support/index.ts';

const TARGET = { host: 'httpbin:8000', path: '/headers' };

export const httpbin: Example = {
  name: 'httpbin',
  namespace: 'demo',
  callers: 'mesh',
  about: 'v1 answers, v2 gets a copy of everything; the access logs of gunicorn tell.',

  async byHand(stage: Stage, { requests }: Size): Promise<Row[]> {
    await stage.deploy('manifests.yaml');
    await stage.route('by-hand/1-default-route.yaml');
    const rows = [await show(stage, 'default route', requests, 'all to v1, no log line at v2', 0)];
    await stage.route('by-hand/2-mirror-percentage.yaml');
    rows.push(await show(stage, 'mirrorPercentage 100.0', requests, 'all to v1, all copied to v2', requests));
    await stage.route('by-hand/1-default-route.yaml');
    rows.push(await show(stage, 'default route again', requests, 'without the mirror nothing at v2', 0));
    await stage.route('by-hand/3-mirror-percent.yaml');
    rows.push(await show(stage, 'mirrorPercent 100', requests, 'all to v1, all copied to v2', requests));
    return rows;
  },

  async bySluice(stage: Stage, { requests }: Size): Promise<Row[]> {
    await stage.route('by-hand/1-default-route.yaml');
    const mirror = await Mirror.start(stage, 'demo/httpbin');
    const rows = [await show(stage, 'Sluice: mirror 100 %', requests, 'all to v1, all copied to v2', requests)];
    await mirror.show();
    await mirror.stop();
    rows.push(await show(stage, 'Sluice: mirror stopped', requests, 'nothing at v2 any more', 0));
    return rows;
  },
};

async function show(stage: Stage, step: string, sent: number, says: string, copies: number): Promise<Row> {
  const before = await accessLines(stage);
  const { answers, v1, v2 } = await stage.ask('httpbin', sent, TARGET);
  const after = await accessLines(stage);
  const lines = { v1: after.v1 - before.v1, v2: after.v2 - before.v2 };
  const holds =
    answers.every(({ status }) => status === 200) &&
    is(v1, sent, 0) &&
    is(v2, 0, copies) &&
    lines.v1 === sent &&
    lines.v2 === copies;
  return stage.tell({ step, sent, v1: `${lines.v1} log lines`, v2: `${lines.v2} log lines`, holds, says });
}

function is(arrivals: Arrivals, live: number, copies: number): boolean {
  return arrivals.live === live && arrivals.copies === copies;
}

/** Lines of gunicorn's access log about our requests. */
async function accessLines(stage: Stage): Promise<{ v1: number; v2: number }> {
  const [v1 = 0, v2 = 0] = await Promise.all(
    ['httpbin-v1', 'httpbin-v2'].map(async (deployment) => {
      const log = await stage.log(deployment);
      return log.split('\n').filter((line) => line.includes('"GET /headers HTTP/1.1" 200')).length;
    }),
  );
  return { v1, v2 };
}
