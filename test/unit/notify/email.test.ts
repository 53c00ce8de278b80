import { type AddressInfo, connect, createServer } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { notify } from '../../../src/activities/notify.ts';
import type { Plan } from '../../../src/contract/plan.ts';
import { createEmailTransport, type EmailTransport, rolloutMessage, sendEmail } from '../../../src/notify/index.ts';
import { promotedView } from '../../support/views.ts';

const FROM = 'sluice@example.com';
const message = rolloutMessage(promotedView(), 'ended', 'example.com');
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function smtpError(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

/** A real SMTP server on loopback; returns a transport to it and what it received. */
async function mailServer(
  options: SMTPServerOptions = {},
): Promise<{ transport: EmailTransport; mails: string[]; port: number }> {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, _session, done) {
      let mail = '';
      stream.on('data', (chunk: Buffer) => {
        mail += chunk.toString('utf8');
      });
      stream.on('end', () => {
        mails.push(mail);
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  const port = await new Promise<number>((resolve) => {
    const listening = server.listen(0, '127.0.0.1', () => resolve((listening.address() as AddressInfo).port));
  });
  const transport = createEmailTransport(`smtp://127.0.0.1:${port}`);
  open.push(
    () => new Promise((resolve) => server.close(() => resolve())),
    async () => transport.close(),
  );
  return { transport, mails, port };
}

/** A transport through a line that is cut once, after the mail is taken and before the answer arrives. */
async function cuttingTransport(port: number): Promise<EmailTransport> {
  let cuts = 1;
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    let taken = false;
    client.on('data', (chunk) => {
      if (chunk.toString('latin1').endsWith('\r\n.\r\n')) taken = true;
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (!taken || cuts === 0) return client.write(chunk);
      cuts -= 1;
      return client.destroy();
    });
    for (const socket of [client, server]) socket.on('error', () => undefined);
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const transport = createEmailTransport(`smtp://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  open.push(
    () => new Promise((resolve) => proxy.close(() => resolve())),
    async () => transport.close(),
  );
  return transport;
}

describe('mail over SMTP', () => {
  it('arrives with its headers and both parts', async () => {
    const { transport, mails } = await mailServer();
    expect(await sendEmail(transport, FROM, ['team@example.com'], message)).toEqual({
      sent: ['team@example.com'],
      failed: [],
    });
    const [mail = ''] = mails;
    expect(mail).toContain('Message-ID: <local.demo.reviews-7.ended@example.com>');
    expect(mail).toMatch(/^References: <local\.demo\.reviews-7@example\.com>/m);
    expect(mail).toMatch(/^List-Id: demo\/reviews <reviews\.demo\.local\.sluice>/im);
    expect(mail).toMatch(/^Auto-Submitted: auto-generated/m);
    expect(mail).toContain('Content-Type: text/plain');
    expect(mail).toContain('Content-Type: text/html');
  });

  it('reports refused recipients and sends to the others', async () => {
    const { transport, mails } = await mailServer({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('gone') ? smtpError(550, 'no such user') : null),
    });
    const result = await sendEmail(transport, FROM, ['team@example.com', 'gone@example.com'], message);
    expect(result.sent).toEqual(['team@example.com']);
    expect(result.failed).toHaveLength(1);
    expect(result.failed[0]).toMatch(/^gone@example\.com: .*550 no such user/);
    expect(mails).toHaveLength(1);
  });

  it('gives up on a permanent refusal and says why', async () => {
    const { transport } = await mailServer({ onRcptTo: (_address, _session, done) => done(smtpError(550, 'policy')) });
    const { sent, failed } = await sendEmail(transport, FROM, ['team@example.com'], message);
    expect(sent).toEqual([]);
    expect(failed[0]).toMatch(/^team@example\.com: .*550 policy/);
  });

  it('leaves a temporary refusal to the next attempt', async () => {
    const { transport } = await mailServer({
      onRcptTo: (_address, _session, done) => done(smtpError(450, 'greylisted')),
    });
    await expect(sendEmail(transport, FROM, ['team@example.com'], message)).rejects.toThrow(/450 greylisted/);
  });

  it('leaves a 4xx after DATA to the next attempt and takes a 5xx as final', async () => {
    let code = 451;
    const { transport } = await mailServer({
      onData(stream, _session, done) {
        stream.resume();
        stream.on('end', () => done(smtpError(code, 'content')));
      },
    });
    await expect(sendEmail(transport, FROM, ['team@example.com'], message)).rejects.toThrow(/451/);
    code = 554;
    expect((await sendEmail(transport, FROM, ['team@example.com'], message)).failed[0]).toContain('554');
  });

  it('a lost answer is sent again under the same Message-ID, once per attempt', async () => {
    const { mails, port } = await mailServer();
    const transport = await cuttingTransport(port);
    await expect(sendEmail(transport, FROM, ['team@example.com'], message)).rejects.toThrow();
    expect(mails).toHaveLength(1);
    expect((await sendEmail(transport, FROM, ['team@example.com'], message)).sent).toEqual(['team@example.com']);
    expect(mails.map((mail) => /^Message-ID: (.*)$/im.exec(mail)?.[1]?.trim())).toEqual([
      message.messageId,
      message.messageId,
    ]);
  });

  it('takes only plain addresses, so that nothing is smuggled in', async () => {
    const seen: string[] = [];
    const { transport } = await mailServer({
      onRcptTo({ address }, _session, done) {
        seen.push(address);
        done();
      },
    });
    const bad = [
      'a@example.com, b@example.com',
      'A <a@example.com>',
      'a@example.com\r\nRCPT TO:<c@example.com>',
      '@x',
      '"a b"@example.com',
    ];
    const { sent, failed } = await sendEmail(transport, FROM, ['team@example.com', ...bad], message);
    expect(sent).toEqual(['team@example.com']);
    expect(seen).toEqual(['team@example.com']);
    expect(failed).toHaveLength(bad.length);
    expect(failed.join('')).not.toMatch(/[\r\n]/);
  });

  it('a server that is not there is a temporary error without the password', async () => {
    const transport = createEmailTransport('smtp://user:s3cret@127.0.0.1:1');
    open.push(async () => transport.close());
    const error = await sendEmail(transport, FROM, ['team@example.com'], message).catch((caught: Error) => caught);
    expect(error).toMatchObject({ name: 'TemporaryMailError' });
    expect(String(error)).not.toContain('s3cret');
  });

  it('refuses a URL that is none, without repeating it', () => {
    expect(() => createEmailTransport('http://user:s3cret@host')).toThrow(/SLUICE_SMTP_URL/);
    expect(() => createEmailTransport('http://user:s3cret@host')).not.toThrow(/s3cret/);
  });
});

describe('the notify activity', () => {
  const plan = (...to: string[]) =>
    ({ notify: to.length > 0 ? [{ email: { to } }, { email: { to } }] : [] }) as unknown as Plan;
  const input = { view: promotedView(), topic: 'ended' as const };

  it('tells nobody when the plan names nobody', async () => {
    expect(await notify({}, { ...input, plan: plan() })).toEqual({ sent: [], failed: [] });
  });

  it('says so when there is no mail server', async () => {
    const { sent, failed } = await notify({}, { ...input, plan: plan('team@example.com') });
    expect(sent).toEqual([]);
    expect(failed).toEqual(['team@example.com: the worker has no mail server (SLUICE_SMTP_URL, SLUICE_MAIL_FROM)']);
  });

  it('sends one mail to everybody, once', async () => {
    const { transport, mails } = await mailServer();
    expect(
      await notify({ transport, from: FROM }, { ...input, plan: plan('team@example.com', 'ops@example.com') }),
    ).toEqual({
      sent: ['team@example.com', 'ops@example.com'],
      failed: [],
    });
    expect(mails).toHaveLength(1);
  });

  it('lets Temporal retry a temporary error', async () => {
    const { transport } = await mailServer({ onMailFrom: (_address, _session, done) => done(smtpError(421, 'busy')) });
    const sending = notify({ transport, from: FROM }, { ...input, plan: plan('team@example.com') });
    await expect(sending).rejects.toMatchObject({
      name: 'ApplicationFailure',
      nonRetryable: false,
      type: 'TemporaryMailError',
    });
  });
});
