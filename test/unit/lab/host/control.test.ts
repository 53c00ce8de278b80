import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type ControlRequest, sendControl, serveControl } from '../../../../lab/host/control.ts';

it('passes requests on and brings errors back', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'lab-ctl-')), 's');
  const seen: ControlRequest[] = [];
  const server = serveControl(path, async (request) => {
    seen.push(request);
    if (request.verb === 'start') throw new Error('it does not start');
  });
  await sendControl(path, { verb: 'signal', part: 'prometheus', signal: 'SIGSTOP' });
  await expect(sendControl(path, { verb: 'start', part: 'etcd' })).rejects.toThrow('it does not start');
  expect(seen).toEqual([
    { verb: 'signal', part: 'prometheus', signal: 'SIGSTOP' },
    { verb: 'start', part: 'etcd' },
  ]);
  server.close();
});

it('says so when nobody answers', async () => {
  await expect(sendControl('/nowhere/s', { verb: 'down' })).rejects.toThrow(/did not answer "down"/);
});
