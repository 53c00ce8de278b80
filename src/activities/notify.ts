import type { NotifyInput, NotifyResult } from '../contract/notice.ts';
import { type EmailTransport, isEmailAddress, sendEmail } from '../notify/email.ts';
import { noticesMessage } from '../notify/message.ts';

export interface NotifyDeps {
  /** Absent: no mail server is configured. */
  transport?: EmailTransport;
  /** Sender's bare address. */
  from?: string;
}

const NO_SERVER = 'the worker has no mail server (SLUICE_SMTP_URL, SLUICE_MAIL_FROM)';

/** One message to all of `to`. Trying again is up to whoever asks: the same notices make the same Message-ID. */
export async function notify({ transport, from }: NotifyDeps, input: NotifyInput): Promise<NotifyResult> {
  const { to } = input;
  // another worker may have one, or this one soon
  if (!transport || !from || !isEmailAddress(from))
    return { told: [], refused: [], later: to.map((one) => ({ to: one, reason: NO_SERVER, perhaps: false })) };
  const message = noticesMessage(input, from.slice(from.lastIndexOf('@') + 1));
  const { sent, refused, later } = await sendEmail(
    transport,
    from,
    to.map(({ address }) => address),
    message,
  );
  const recipient = (address: string) => to.filter((one) => one.address === address);
  return {
    told: sent.flatMap(recipient),
    refused: refused.flatMap(({ address, reason }) => recipient(address).map((one) => ({ to: one, reason }))),
    later: later.flatMap(({ address, ...why }) => recipient(address).map((one) => ({ to: one, ...why }))),
  };
}
