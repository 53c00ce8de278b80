/** Tells one webhook. Trying again is up to whoever asks: the same notices make the same `webhook-id`. */
import type { NotifyInput, NotifyResult } from '../contract/notice.ts';
import { findTarget, type InstallationFile, webhookAddress } from '../installation/index.ts';
import { eventOf } from '../notify/webhook/event.ts';
import { sendWebhook, type WebhookTrouble } from '../notify/webhook/send.ts';

export async function tellWebhook(installation: InstallationFile, input: NotifyInput): Promise<NotifyResult> {
  const { to } = input;
  // another worker may have what is missing, or this one soon
  const missing = ({ message }: Error): WebhookTrouble => ({ reason: message, perhaps: false });
  const trouble = await send(installation, input).catch(missing);
  if (!trouble) return { told: to, refused: [], later: [] };
  const { reason, perhaps, gone, afterMs } = trouble;
  const [refused, later] = gone ? [to, []] : [[], to];
  return {
    told: [],
    refused: refused.map((one) => ({ to: one, reason, gone })),
    later: later.map((one) => ({ to: one, reason, perhaps, afterMs })),
  };
}

async function send(installation: InstallationFile, input: NotifyInput): Promise<WebhookTrouble | undefined> {
  const { notificationTargets, dir = '.' } = await installation.current();
  const [plan, name] = [`${input.namespace}/${input.plan}`, input.to[0]?.address ?? ''];
  const target = findTarget(notificationTargets, 'webhook', name, plan);
  if (!target) throw new Error(`the worker knows no notification target ${name} for ${plan}`);
  return sendWebhook(await webhookAddress(target, dir), eventOf(input));
}
