import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Installation } from '../../installation/index.ts';
import { CliError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { clean } from '../render/text.ts';
import { settingsOf } from '../settings.ts';
import { openTerminal, show } from '../terminal/terminal.ts';
import { followInstallation, type InstallationFlags, installationOption } from './shared/installation.ts';

/** `sluice notify test TARGET` */
export function addNotify(program: Command): void {
  program
    .command('notify')
    .description('work with the targets of notifications')
    .command('test <target>')
    .description('send a sample to this target of the installation: a signed ping, or a message in its channel')
    .addOption(installationOption())
    .addHelpText('before', 'Example:\n  sluice notify test board\n')
    .action((target: string, flags: InstallationFlags, command: Command) => test(target, flags, command));
}

async function test(name: string, flags: InstallationFlags, command: Command): Promise<void> {
  const settings = settingsOf(command);
  const terminal = openTerminal(settings);
  const installation = (await followInstallation(flags, terminal))?.known;
  const target = installation?.notificationTargets.find((one) => one.name === name);
  if (!installation || !target) {
    const known = installation?.notificationTargets.map((one) => one.name).join(', ') || 'none';
    throw new CliError(EXIT.notFound, `there is no notification target ${name}`, `Known: ${known}.`);
  }
  const { sent, problem } = await sample(target, installation, settings.cluster);
  show(terminal, { target: name, sent, problem }, () => [clean(`${name}: ${sent}: ${problem?.reason ?? 'taken'}`)]);
  const isBarred = problem?.status === 401 || problem?.status === 403;
  process.exitCode = !problem ? EXIT.ok : isBarred ? EXIT.notAllowed : EXIT.failed;
}

/** @returns `problem`: why it was not taken; `status` of HTTP, where it was answered */
async function sample(
  { slack, webhook }: Installation['notificationTargets'][number],
  { dir = '.', slack: app }: Installation,
  cluster: string,
): Promise<{ sent: string; problem?: { reason: string; status?: number } }> {
  const { readSecret, webhookAddress } = await import('../../installation/index.ts');
  const [{ pingEvent }, { sendWebhook }, { SlackChannel, slackTrouble }] = await Promise.all([
    import('../../notify/webhook/event.ts'),
    import('../../notify/webhook/send.ts'),
    import('../../notify/slack/channel.ts'),
  ]);
  const unusable = (error: Error) => Promise.reject(new CliError(EXIT.usage, error.message));
  if (webhook) {
    const event = pingEvent({ cluster, namespace: 'default', plan: 'ping' }, randomUUID(), new Date().toISOString());
    const address = await webhookAddress(webhook, dir).catch(unusable);
    return { sent: `${event.type}, signed as ${event.id}`, problem: await sendWebhook(address, event) };
  }
  const { token, channel } = slack as NonNullable<typeof slack>;
  const text = 'sluice notify test: messages of rollouts arrive here.';
  const posted = new SlackChannel(await readSecret(token, dir).catch(unusable), channel, app?.address)
    .post({ text, blocks: [] }, { id: `test ${randomUUID()}` })
    .then(() => undefined, slackTrouble);
  return { sent: `a message in ${channel}`, problem: await posted };
}
