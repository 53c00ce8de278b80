import { describe, expect, it } from 'vitest';
import { loopbackOf, ownAddress } from '../../../../lab/programs/index.ts';

describe('an address of its own', () => {
  const at = '127.244.1.10';

  it('is the loopback address that looks like the pod’s', () => {
    expect(loopbackOf('10.244.1.10')).toBe(at);
  });

  it.each([
    [['gunicorn', '-b', '0.0.0.0:80', 'httpbin:app'], ['gunicorn', '-b', `${at}:80`, 'httpbin:app'], [80]],
    [
      ['x', '--bind=[::]:8000', '-b', ':80'],
      ['x', `--bind=${at}:8000`, '-b', `${at}:80`],
      [8000, 80],
    ],
    [['x', '*:80', '0.0.0.0:80'], ['x', `${at}:80`, `${at}:80`], [80]],
    [['/bin/sleep', '3650d'], ['/bin/sleep', '3650d'], []],
    [['x', '127.0.0.1:80', 'http://0.0.0.0:80/', '12:30'], ['x', '127.0.0.1:80', 'http://0.0.0.0:80/', '12:30'], []],
  ])('%j', (argv, changed, ports) => {
    expect(ownAddress(argv, at)).toEqual({ argv: changed, ports });
  });
});
