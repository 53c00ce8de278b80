import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../../../../src/cli/program.ts';
import { CHANNEL, ScriptedSlack } from '../../../support/slack/scripted-slack.ts';
import { WebhookReceiver } from '../../../support/webhook-receiver.ts';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

let dir: string;
let receiver: WebhookReceiver;
let slack: ScriptedSlack;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-notify-'));
  receiver = await new WebhookReceiver(SECRET).open();
  slack = await new ScriptedSlack().open();
  const text = `apiVersion: sluice.dev/v1alpha1
kind: Installation
slack: { address: "${slack.api}" }
notificationTargets:
  - { name: board, plans: [demo/*], webhook: { address: { file: address }, local: true, secrets: [{ file: secret }] } }
  - { name: walled, plans: [demo/*], webhook: { address: { file: address }, secrets: [{ file: secret }] } }
  - { name: keyless, plans: [demo/*], webhook: { address: { file: address }, secrets: [{ env: SLUICE_NOT_SET }] } }
  - { name: chat, plans: [demo/*], slack: { channel: ${CHANNEL}, token: { file: token } } }
  - { name: stranger, plans: [demo/*], slack: { channel: C0OTHER, token: { file: token } } }
`;
  const files = { 'sluice.yaml': text, address: receiver.url, secret: SECRET, token: slack.token };
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(dir, name), content)));
});

afterAll(async () => {
  receiver.close();
  slack.close();
  await rm(dir, { recursive: true });
});

async function test(target: string, ...more: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  const args = ['notify', 'test', target, '--installation', join(dir, 'sluice.yaml'), ...more];
  const failed = await createProgram()
    .parseAsync(args, { from: 'user' })
    .then(() => undefined)
    .catch((error) => error);
  written.mockRestore();
  const code = failed?.code ?? Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  text += failed ? `${failed.message} ${failed.hint}` : '';
  expect(text).not.toMatch(/whsec_|xoxb-|hooks\/board/);
  return { code, text };
}

describe('sluice notify test', () => {
  it('sends a webhook a signed ping, and tells what it says', async () => {
    receiver.answer = 204;
    expect(await test('board')).toEqual({
      code: 0,
      text: expect.stringMatching(/^board: dev\.sluice\.ping\.v1alpha1, signed as msg_[0-9a-f]{40}: taken\n$/),
    });
    expect(receiver.arrived).toMatchObject([
      { event: { type: 'dev.sluice.ping.v1alpha1', data: { cluster: 'local' } } },
    ]);
    receiver.answer = 503;
    const { code, text } = await test('board', '-o', 'json');
    expect(code).toBe(3);
    expect(JSON.parse(text)).toMatchObject({
      target: 'board',
      problem: { reason: 'the webhook answers 503', status: 503 },
    });
    receiver.secret = `whsec_${Buffer.alloc(32, 4).toString('base64')}`;
    expect(await test('board')).toMatchObject({ code: 4, text: expect.stringContaining('answers 401') });
  });

  it('posts a message in a channel of Slack', async () => {
    expect(await test('chat')).toMatchObject({ code: 0, text: `chat: a message in ${CHANNEL}: taken\n` });
    expect(slack.cards.map(({ text }) => text)).toEqual([expect.stringMatching(/^sluice notify test/)]);
    expect(await test('stranger')).toMatchObject({ code: 3, text: expect.stringContaining('invite the app') });
  });

  it('says why it cannot', async () => {
    expect(await test('walled')).toMatchObject({ code: 3, text: expect.stringContaining('local: true') });
    expect(await test('keyless')).toMatchObject({
      code: 2,
      text: expect.stringContaining('SLUICE_NOT_SET is not set'),
    });
    const known = 'Known: board, walled, keyless, chat, stranger.';
    expect(await test('nobody')).toMatchObject({ code: 5, text: expect.stringContaining(known) });
  });
});
