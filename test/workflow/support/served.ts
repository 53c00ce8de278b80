/** A world whose worker judges, and a server that vouches: both read one operator's file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { controlActivities } from '../../../src/activities/index.ts';
import { devSender } from '../../../src/cli/commands/shared/dev-sender.ts';
import { type InstallationFile, watchInstallation } from '../../../src/installation/index.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../../src/server/main.ts';
import { temporalConfig } from '../../../src/temporal/config.ts';
import { INSTALLATION_HEAD, testServer } from '../../support/authority.ts';
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
  /** Writes the operator's file anew. @param servers default: the one that vouches */
  install(text: string, servers?: string): void;
  close(): Promise<void>;
}

/** @param people the rest of the operator's file */
export async function serve(people: string, options: Partial<ServerOptions> = {}): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-served-'));
  const file = join(folder, 'sluice.yaml');
  const vouching = testServer();
  writeFileSync(join(folder, 'key'), vouching.text);
  writeFileSync(join(folder, 'reviews.yaml'), EXAMPLE);
  const head = `${INSTALLATION_HEAD}addressesInPlans: any\nkey: { file: key }\n`;
  const install: Served['install'] = (text, servers = vouching.servers) => writeFileSync(file, head + servers + text);
  install(people);
  const installation = (await watchInstallation(file)) as InstallationFile;
  const world = new FakeWorld();
  const { verifyActor, needsProof } = controlActivities({ temporal: undefined as never, installation });
  const control = { ...world.control(), verifyActor, needsProof };
  world.control = () => control;
  const harness = await startHarness(world);
  const server = await startServer({
    plansDir: folder,
    planNamespaces: ['*'],
    port: 0,
    ownSender: (await devSender(folder)).sender,
    temporal: temporalConfig({ address: temporalAddress() }),
    cluster: harness.cluster,
    installation,
    log: pino({ level: 'silent' }),
    ...options,
  });
  const served: Served = {
    ...{ world, harness, server, vouching, install },
    url: `http://127.0.0.1:${server.port}`,
    close: async () => {
      await server.close();
      await served.harness.close();
      rmSync(folder, { recursive: true });
    },
  };
  return served;
}
