/** `node main.ts`, inside: a server with the dashboard for whoever is at this machine, in front of what the story's own server and worker did. */
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { devSender } from '../../../src/cli/commands/shared/dev-sender.ts';
import { withDevAuthority } from '../../../src/cli/server/dev-authority.ts';
import { noFile } from '../../../src/installation/index.ts';
import { startServer } from '../../../src/server/main.ts';
import { temporalConfig } from '../../../src/temporal/config.ts';
import { currentLab } from '../../index.ts';
import { PAGES_PORT } from './index.ts';

const lab = currentLab();
const { sender } = await devSender(lab.dir);
const { installation, token = '' } = await withDevAuthority(noFile('any'), lab.dir, {
  you: userInfo().username,
  sender,
});
const server = await startServer({
  ...{ installation, port: PAGES_PORT, plansDir: join(import.meta.dirname, '..', 'plans'), planNamespaces: ['*'] },
  ...{ temporal: temporalConfig({ address: lab.temporal }), kubeconfig: lab.productKubeconfig },
});
process.send?.(server.oneTimeLogin(token));
