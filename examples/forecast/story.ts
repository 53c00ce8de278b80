/** A document that mirrors backwards: v2 serves, v1 gets the copies. */
import { type Arrivals, type Example, Mirror, type Row, type Size, type Stage } from '../support/index.ts';

/** What the frontend asks for when somebody queries the weather. */
const TARGET = { host: 'forecast.weather:3002', path: '/weather?locate=hangzhou' };

export const forecast: Example = {
  name: 'forecast',
  namespace: 'weather',
  callers: 'mesh',
  about: 'v2 answers the frontend, v1 gets a copy of everything: a mirror from the new version to the old one.',

  async byHand(stage: Stage, { requests }: Size): Promise<Row[]> {
    await stage.deploy('manifests.yaml');
    await stage.route('by-hand/1-all-to-v2.yaml');
    const rows = [await show(stage, 'weights 0 / 100', requests, 'all to v2, nothing in the log of v1', 0)];
    await stage.route('by-hand/2-mirror-to-v1.yaml');
    rows.push(await show(stage, 'mirror to v1', requests, 'all to v2, all copied to v1', requests));
    return rows;
  },

  async bySluice(stage: Stage, { requests }: Size): Promise<Row[]> {
    await stage.route('by-hand/1-all-to-v2.yaml');
    const mirror = await Mirror.start(stage, 'weather/forecast');
    const rows = [await show(stage, 'Sluice: mirror to v1', requests, 'all to v2, all copied to v1', requests)];
    await mirror.show();
    await mirror.ended();
    rows.push(await show(stage, 'Sluice: its time is over', requests, 'nothing at v1 any more', 0));
    return rows;
  },
};

async function show(stage: Stage, step: string, sent: number, says: string, copies: number): Promise<Row> {
  const { answers, v1, v2 } = await stage.ask('forecast', sent, TARGET);
  const holds = answers.every(({ status }) => status === 200) && is(v2, sent, 0) && is(v1, 0, copies);
  return stage.tell({ step, sent, v1: `${v1.copies} copies`, v2: `${v2.live}`, holds, says });
}

function is(arrivals: Arrivals, live: number, copies: number): boolean {
  return arrivals.live === live && arrivals.copies === copies;
}
