import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../lab/kubelet/environment.ts';
import { realCommand } from '../../../../lab/kubelet/program-command.ts';
import { parseImage } from '../../../../lab/programs/index.ts';
import type { RealImage } from '../../../../lab/programs/real-images.ts';

const httpbin = parseImage('docker.io/kennethreitz/httpbin').real as RealImage;

describe('the command of a real container', () => {
  const common = { container: 'httpbin', address: '10.244.1.10', dir: '/pod', peer: null, drainMs: 0 };
  const places = { dir: '/lab', envoy: '/envoy', httpbin: '/packages' };
  const container = { name: 'httpbin', image: 'kennethreitz/httpbin' };

  it('finds the packages of its image, and the variables of its Pod', () => {
    const args = ['gunicorn', '-b', '0.0.0.0:$(PORT)'];
    const { command } = realCommand(
      httpbin,
      { ...container, args },
      common,
      { PORT: '80', PYTHONPATH: '/own' },
      places,
    );
    expect(command.env).toMatchObject({ HOME: '/pod', PORT: '80', PYTHONPATH: '/own' });
    expect(command.env.PATH).toMatch(/^\/packages\/bin:/);
    expect(JSON.parse(command.env.LAB_PROGRAM ?? '')).toMatchObject({
      argv: ['gunicorn', '-b', '127.244.1.10:80'],
      ports: [80],
      upstream: '127.244.1.10',
    });
  });

  it('is refused when there is nothing to run', () => {
    const none: RealImage = { packages: null, entrypoint: [], cmd: [], env: {} };
    expect(() => realCommand(none, container, common, {}, places)).toThrow(ConfigError);
  });
});
