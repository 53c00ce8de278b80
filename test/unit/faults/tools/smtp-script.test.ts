import { afterEach, describe, expect, test } from 'vitest';
import { createEmailTransport, sendEmail } from '../../../../src/notify/email.ts';
import { type MailReply, SmtpScript } from '../../../faults/tools/smtp-script.ts';
import { messageOf } from '../../../support/notices.ts';
import { promotedView } from '../../../support/views.ts';

describe('the scripted mail server', () => {
  const open: (() => void)[] = [];
  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  async function sendTwice(reply: MailReply) {
    const smtp = await SmtpScript.open();
    const transport = createEmailTransport(smtp.url);
    open.push(
      () => transport.close(),
      () => smtp.close(),
    );
    smtp.rules.push({ match: (raw) => raw.includes('Subject:'), reply });
    const message = messageOf(promotedView(), 'ended', 'example.com');
    const send = () => sendEmail(transport, 'sluice@example.com', ['team@example.com'], message);
    const first = await send();
    return { smtp, first, second: await send() };
  }

  test('loses the answer and keeps the mail', async () => {
    const { smtp, first, second } = await sendTwice({ kind: 'lose' });
    expect(first.later).toMatchObject([{ perhaps: true }]);
    expect(second.sent).toEqual(['team@example.com']);
    expect(smtp.mails).toHaveLength(2);
    expect(new Set(smtp.mails.map(({ headers }) => headers['message-id'])).size).toBe(1);
  });

  test.each([421, 451, 550] as const)('refuses with %i', async (code) => {
    const { smtp, first } = await sendTwice({ kind: 'refuse', code });
    expect(JSON.stringify(first)).toContain(String(code));
    expect(smtp.mails).toHaveLength(1);
  });
});
