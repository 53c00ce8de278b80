import { type AddressInfo, connect, createServer } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { notify } from '../../../src/activities/notify.ts';
import { createEmailTransport, type EmailTransport, sendEmail } from '../../../src/notify/email.ts';
import { messageOf, noticeOf, notifyInput } from '../../support/notices.ts';
import { promotedView } from '../../support/views.ts';

const FROM = 'sluice@example.com';
const message = messageOf(promotedView(), 'ended', 'example.com');
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
  const transport = createEmailTransport(`smtp://127.0.0.1:${port}?requireTLS=false`);
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
  const transport = createEmailTransport(`smtp://127.0.0.1:${(proxy.address() as AddressInfo).port}?requireTLS=false`);
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
      refused: [],
      later: [],
    });
    const [mail = ''] = mails;
    expect(mail).toContain('Message-ID: <local.demo.ended-reviews-7@example.com>');
    expect(mail).toMatch(/^In-Reply-To: <local\.demo\.reviews-7@example\.com>/m);
    expect(mail).toMatch(/^References: <local\.demo\.reviews-7@example\.com>/m);
    expect(mail).toMatch(/^List-Id: demo\/reviews <reviews\.demo\.local\.sluice>/im);
    expect(mail).toMatch(/^Auto-Submitted: auto-generated/m);
    expect(mail).toContain('Content-Type: text/plain');
    expect(mail).toContain('Content-Type: text/html');
  });

  it('tells for each recipient: sent, refused for good, later', async () => {
    const answers: Record<string, Error> = { gone: smtpError(550, 'no such user'), grey: smtpError(450, 'come again') };
    const { transport, mails } = await mailServer({
      onRcptTo: ({ address }, _session, done) => done(answers[address.slice(0, 4)] ?? null),
    });
    const to = ['team@example.com', 'gone@example.com', 'grey@example.com'];
    expect(await sendEmail(transport, FROM, to, message)).toEqual({
      sent: ['team@example.com'],
      refused: [{ address: 'gone@example.com', reason: expect.stringMatching(/550 no such user/) }],
      later: [{ address: 'grey@example.com', reason: expect.stringMatching(/450 come again/), perhaps: false }],
    });
    expect(mails).toHaveLength(1);
    const { refused, later } = await sendEmail(transport, FROM, to.slice(1), message);
    expect([refused, later].map(([one]) => one?.address)).toEqual(['gone@example.com', 'grey@example.com']);
  });

  it('gives up on a permanent refusal and says why', async () => {
    const { transport } = await mailServer({ onRcptTo: (_address, _session, done) => done(smtpError(550, 'policy')) });
    const { sent, refused } = await sendEmail(transport, FROM, ['team@example.com'], message);
    expect(sent).toEqual([]);
    expect(refused[0]?.reason).toMatch(/550 policy/);
  });

  it('leaves a temporary refusal to the next attempt', async () => {
    const { transport } = await mailServer({
      onRcptTo: (_address, _session, done) => done(smtpError(450, 'greylisted')),
    });
    const { later } = await sendEmail(transport, FROM, ['team@example.com'], message);
    expect(later).toMatchObject([{ reason: expect.stringContaining('450 greylisted'), perhaps: false }]);
  });

  it('leaves a 4xx after DATA to the next attempt and takes a 5xx as final', async () => {
    let code = 451;
    const { transport } = await mailServer({
      onData(stream, _session, done) {
        stream.resume();
        stream.on('end', () => done(smtpError(code, 'content')));
      },
    });
    expect((await sendEmail(transport, FROM, ['team@example.com'], message)).later[0]?.reason).toContain('451');
    code = 554;
    expect((await sendEmail(transport, FROM, ['team@example.com'], message)).refused[0]?.reason).toContain('554');
  });

  it('leaves a wrong login and an unwanted sender to the next attempt: the worker may be mended', async () => {
    const { port, transport } = await mailServer({
      onAuth: (_auth, _session, done) => done(new Error('wrong password')),
      onMailFrom: (_address, _session, done) => done(smtpError(550, 'relaying denied')),
    });
    const login = createEmailTransport(`smtp://user:s3cret@127.0.0.1:${port}?requireTLS=false`);
    open.push(async () => login.close());
    for (const one of [login, transport]) {
      const { later } = await sendEmail(one, FROM, ['team@example.com'], message);
      expect(later).toMatchObject([{ reason: expect.stringMatching(/535|550/), perhaps: false }]);
    }
  });

  it('a lost answer is sent again under the same Message-ID, once per attempt', async () => {
    const { mails, port } = await mailServer();
    const transport = await cuttingTransport(port);
    const { later } = await sendEmail(transport, FROM, ['team@example.com'], message);
    expect(later).toMatchObject([{ perhaps: true }]);
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
    const { sent, refused } = await sendEmail(transport, FROM, ['team@example.com', ...bad], message);
    expect(sent).toEqual(['team@example.com']);
    expect(seen).toEqual(['team@example.com']);
    expect(refused.map(({ address }) => address)).toEqual(bad);
  });

  it('a server without TLS gets neither login nor mail, unless the operator says so', async () => {
    const logins: string[] = [];
    const { port, mails } = await mailServer({
      hideSTARTTLS: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username }, _session, done) => {
        logins.push(username ?? '');
        done(null, { user: 'user' });
      },
    });
    const [strict, plain] = ['', '?requireTLS=false'].map((end) =>
      createEmailTransport(`smtp://user:s3cret@127.0.0.1:${port}${end}`),
    ) as [EmailTransport, EmailTransport];
    open.push(async () => [strict, plain].forEach((one) => void one.close()));
    expect((await sendEmail(strict, FROM, ['team@example.com'], message)).later).toHaveLength(1);
    expect([logins, mails]).toEqual([[], []]);
    expect((await sendEmail(plain, FROM, ['team@example.com'], message)).sent).toHaveLength(1);
    expect(logins).toEqual(['user']);
  });

  it('a server that is not there is a temporary error without the password', async () => {
    const transport = createEmailTransport('smtp://user:s3cret@127.0.0.1:1');
    open.push(async () => transport.close());
    const { later } = await sendEmail(transport, FROM, ['team@example.com'], message);
    expect(later).toMatchObject([{ reason: expect.stringContaining('ECONNREFUSED'), perhaps: false }]);
    expect(JSON.stringify(later)).not.toContain('s3cret');
  });

  it('refuses a URL that is none, without repeating it', () => {
    expect(() => createEmailTransport('http://user:s3cret@host')).toThrow(/SLUICE_SMTP_URL/);
    expect(() => createEmailTransport('http://user:s3cret@host')).not.toThrow(/s3cret/);
  });
});

describe('the notify activity', () => {
  const input = notifyInput(promotedView(), [noticeOf(promotedView(), 'ended')]);

  it('says so when there is no mail server, which may be mended', async () => {
    expect(await notify({}, input)).toMatchObject({
      told: [],
      refused: [],
      later: [{ to: input.to[0], reason: 'the worker has no mail server (SLUICE_SMTP_URL, SLUICE_MAIL_FROM)' }],
    });
  });

  it('sends one mail to everybody, and tells of each', async () => {
    const { transport, mails } = await mailServer({
      onRcptTo: ({ address }, _session, done) => done(address.startsWith('gone') ? smtpError(550, 'gone') : null),
    });
    const to = ['team@example.com', 'ops@example.com', 'gone@example.com'].map((address) => ({
      channel: 'email' as const,
      address,
    }));
    const { told, refused, later } = await notify({ transport, from: FROM }, { ...input, to });
    expect([told, refused.map((one) => one.to), later]).toEqual([to.slice(0, 2), to.slice(2), []]);
    expect(mails).toHaveLength(1);
  });
});
