/** A world whose worker judges, and a server that vouches: both read one operator's file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { handOverNews } from '../../../src/activities/hand-over-news.ts';
import { controlActivities } from '../../../src/activities/index.ts';
import { whenOrdered } from '../../../src/activities/mirror/verify-mirror.ts';
import { whenProven } from '../../../src/activities/verify-offer.ts';
import { devSender } from '../../../src/cli/commands/shared/dev-sender.ts';
import type { DetectInput } from '../../../src/contract/detected.ts';
import type { MirrorStart } from '../../../src/contract/mirror-activities.ts';
import type { News } from '../../../src/contract/notice.ts';
import type { Offer, OfferAnswer } from '../../../src/contract/offer.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { type InstallationFile, watchInstallation, watchPlans } from '../../../src/installation/index.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../../src/server/main.ts';
import { temporalConfig } from '../../../src/temporal/config.ts';
import { INSTALLATION_HEAD, offered, type TestServer, testServer } from '../../support/authority.ts';
import { offerFor, planFor } from '../../support/plan.ts';
import { EXAMPLE } from '../../support/plan-text.ts';
import { type Harness, startHarness, temporalAddress } from '../../support/workflow/harness.ts';
import { FakeWorld } from '../../support/workflow/world.ts';

export interface Served {
  world: FakeWorld;
  harness: Harness;
  server: RunningServer;
  /** With its key. */
  vouching: ReturnType<typeof testServer>;
  url: string;
  /** Path of the operator's file. */
  file: string;
  /** Writes the operator's file anew. @param servers default: the one that vouches */
  install(text: string, servers?: string): void;
  /** As ann, through a server that vouches for her. */
  offer(offer: Offer): Promise<OfferAnswer>;
  /** A rollout of hers that stands at 20 %. */
  running(name: string): Promise<Plan>;
  /** Writes the worker's own copy of the plan of the server, or of another one. */
  copy(text: string, name?: string): void;
  /** Gives the server another private key. */
  rekey(server: TestServer): void;
  close(): Promise<void>;
}

/** What somebody is told of a world that was looked at, as nothing speaks against them. */
export const LOOKED_AT = { where: 'the world', problem: 'was looked at', remedy: 'nothing' };

/**
 * @param people the rest of the operator's file
 * @param tells what rollouts hand over reaches people
 */
export async function serve(people: string, options: Partial<ServerOptions> = {}, tells = false): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-served-'));
  const file = join(folder, 'sluice.yaml');
  const vouching = testServer();
  writeFileSync(join(folder, 'key'), vouching.text);
  writeFileSync(join(folder, 'reviews.yaml'), EXAMPLE);
  const { sender } = await devSender(folder);
  const head = `${INSTALLATION_HEAD}addressesInPlans: any\nkey: { file: key }\n`;
  const senders = (text: string) => (text.includes('senders:') ? '' : `senders: [${JSON.stringify(sender)}]\n`);
  const install: Served['install'] = (text, servers = vouching.servers) =>
    writeFileSync(file, head + senders(text) + servers + text);
  const copies = join(folder, 'copies');
  mkdirSync(copies);
  const copy: Served['copy'] = (text, name = 'reviews') => writeFileSync(join(copies, `${name}.yaml`), text);
  copy(EXAMPLE);
  install(people);
  const installation = (await watchInstallation(file)) as InstallationFile;
  const world = new FakeWorld();
  const connection = await Connection.connect({ address: temporalAddress() });
  const temporal = new Client({ connection });
  const { verifyActor, verifyOffer, needsProof, notify } = controlActivities({
    ...{ temporal, installation },
    // nobody listens there
    ...{ smtpUrl: 'smtp://127.0.0.1:1', mailFrom: 'sluice@example.com' },
  });
  const tell = {
    notify,
    handOverNews: (news: News) => handOverNews(temporal, harness.queue, news, Context.current().info),
  };
  const control = { ...world.control(), verifyActor, verifyOffer, needsProof, ...(tells && tell) };
  world.control = () => control;
  const cluster = world.cluster();
  const plans = watchPlans(pino({ level: 'silent' }), installation, { dir: copies, namespaces: ['*'] });
  const knowledge = { installation, plans };
  const detect = (input: DetectInput) =>
    whenProven(knowledge, input, Context.current().info, (pinned) => cluster.detect(pinned));
  // what a mirror finds is not the question here
  const inspectMirror = (input: MirrorStart) =>
    whenOrdered(installation, input, Date.now(), async () => ({ kind: 'refused' as const, problems: [LOOKED_AT] }));
  world.cluster = () => ({ ...cluster, detect, inspectMirror });
  const harness = await startHarness(world);
  const server = await startServer({
    plansDir: folder,
    planNamespaces: ['*'],
    port: 0,
    temporal: temporalConfig({ address: temporalAddress() }),
    cluster: harness.cluster,
    installation,
    log: pino({ level: 'silent' }),
    ...options,
  });
  const served: Served = {
    ...{ world, harness, server, vouching, install, copy, file },
    offer: async (offer) => harness.offer(await offered(offer, 'ann', harness.cluster, vouching)),
    running: async (name) => {
      const plan = planFor(name, { mirror: undefined });
      world.stuck.add('checkInterval live');
      await served.offer(offerFor(plan));
      await harness.until(plan, ({ route }) => route.canary === 20);
      return plan;
    },
    rekey: ({ text }) => writeFileSync(join(folder, 'key'), text),
    url: `http://127.0.0.1:${server.port}`,
    close: async () => {
      await server.close();
      await served.harness.close();
      await connection.close();
      rmSync(folder, { recursive: true });
    },
  };
  return served;
}
