/** Everybody asks for everything on every plan, by every way: what is allowed must be what the operator's file says to another reader. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type * as Rights from '../../src/authority/rights.ts';
import { type ActionVerb, OPEN_VERBS } from '../../src/contract/action.ts';
import { outcomeByTheFile } from '../support/rights-table.ts';
import { planText } from './support/beginnings.ts';
import { cells, type MatrixCell, THINGS } from './support/matrix/cells.ts';
import { FILE, NARROW, PLANS, SLACK } from './support/matrix/file.ts';
import { NEEDS, WaitingRollouts } from './support/matrix/waiting-rollouts.ts';
import { isAction, WAYS } from './support/matrix/ways.ts';
import { LOOKED_AT, type Served, serve } from './support/served.ts';

/** What a mistake in the code of rights would be. */
const mistake = vi.hoisted(() => ({ is: 'none' }));
vi.mock('../../src/authority/rights.ts', async (original) => {
  const real = await original<typeof Rights>();
  const allows: typeof Rights.allows = (grants, right, target) => {
    if (mistake.is === 'clusters') return real.allows(anywhere(grants), right, target);
    if (mistake.is === 'namespaces') return real.allows(grants, right, { ...target, namespace: 'demo' });
    return real.allows(grants, right, target);
  };
  const mayVouch: typeof Rights.mayVouch = (...asked) => mistake.is === 'servers' || real.mayVouch(...asked);
  return { ...real, allows, mayVouch };
});
const anywhere = (grants: readonly { verbs: unknown[]; plans: string[]; clusters: string[] }[]) =>
  grants.map((grant) => ({ ...grant, clusters: ['*'] })) as Parameters<typeof Rights.allows>[0];

let served: Served;
let file: string;
let rollouts: WaitingRollouts;

beforeEach(async () => {
  mistake.is = 'none';
  vi.stubEnv('SLUICE_DEBUG', '');
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const plansDir = mkdtempSync(join(tmpdir(), 'sluice-matrix-'));
  const texts = PLANS.map(
    ({ namespace, name }) => [`${namespace}-${name}`, planText({ namespace, plan: name })] as const,
  );
  for (const [name, text] of texts) writeFileSync(join(plansDir, `${name}.yaml`), text);
  served = await serve(FILE, { slackSecret: SLACK, plansDir, trustedProxies: ['127.0.0.1'] });
  for (const [name, text] of texts) served.copy(text, name);
  rollouts = new WaitingRollouts(served);
  install();
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await served.close();
});

function install(more = ''): void {
  const servers = served.vouching.servers.replace('servers: [', 'servers:\n  - ').replace(/\]\n$/, '\n') + NARROW;
  served.install(FILE + more, servers);
  file = servers + FILE + more;
}

/** Asks what is in `some`, and compares. @returns one line per difference */
async function differences(some: readonly MatrixCell[]): Promise<string[]> {
  const found: string[] = [];
  const { cluster } = served.harness;
  const look = async ({ by, ...ask }: MatrixCell): Promise<void> => {
    const should = outcomeByTheFile(file, { ...ask, cluster });
    const does = await WAYS[by]({ by, ...ask }, { served, rollouts }).catch(
      (error: Error) => error.message.split('\n')[0],
    );
    if (does !== should) found.push(`${JSON.stringify({ by, ...ask })}: ${does}, by the file ${should}`);
  };
  const lanes = (cells: readonly MatrixCell[]) =>
    Promise.all(
      PLANS.map(async ({ namespace, name }) => {
        for (const cell of cells) if (cell.namespace === namespace && cell.plan === name) await look(cell);
      }),
    );
  const isAsked = ({ thing }: MatrixCell) => NEEDS[thing as ActionVerb] === 'question';
  const straight = some.filter(({ by, thing }) => by === 'temporal' && isAction(thing));
  await lanes(straight.filter((cell) => !isAsked(cell)));
  // one after another: they share the world's verdicts
  for (const cell of straight.filter(isAsked)) await look(cell);
  served.world.detection = { kind: 'refused', problems: [LOOKED_AT] };
  await lanes(some.filter(({ by, thing }) => by === 'temporal' && !isAction(thing)));
  served.world.detection = undefined;
  // the world knows plans by their names alone
  for (const plan of PLANS) await rollouts.runAndEnd(plan);
  await lanes(some.filter(({ by }) => !['temporal', 'cli'].includes(by)));
  for (const cell of some.filter(({ by }) => by === 'cli')) await look(cell);
  console.log(`${some.length} cells, ${found.length} differences`);
  return found;
}

/** Each thing, each of the askers and each way of the whole, at one plan or another. */
const sample = () => cells().filter((_, index) => index % 10 === 0);

describe('the matrix of rights', () => {
  test('a part of it is what the file says, whether an emergency needs a proof or not', async () => {
    expect(new Set(cells().map(({ thing }) => thing))).toEqual(new Set(THINGS));
    expect(await differences(sample())).toEqual([]);
    install('unproven: closed\n');
    expect(await differences(sample().filter(({ way }) => way === 'alone'))).toEqual([]);
  });

  test.each(Object.keys(WAYS))('all of it by %s', { tags: ['repeat'], timeout: 600_000 }, async (way) => {
    const some = cells().filter(({ by }) => by === way);
    expect(await differences(some)).toEqual([]);
    install('unproven: closed\n');
    expect(await differences(some.filter(({ thing }) => OPEN_VERBS.includes(thing as ActionVerb)))).toEqual([]);
  });

  test.each([
    ['clusters', '"who":"dan"'],
    ['namespaces', '"namespace":"prod"'],
    ['servers', '"server":"narrow"'],
  ])('a mistake about %s is found, and nothing else', async (what, where) => {
    mistake.is = what;
    const some = cells().filter(({ by, thing }) => ['temporal', 'http'].includes(by) && thing === 'resume');
    const found = await differences(some);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((line) => !line.includes(where))).toEqual([]);
  });
});
