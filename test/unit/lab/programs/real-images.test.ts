import { describe, expect, it } from 'vitest';
import { commandLine, parseImage } from '../../../../lab/programs/index.ts';
import type { RealImage } from '../../../../lab/programs/real-images.ts';

describe('images that are real programs', () => {
  it.each([
    'kennethreitz/httpbin',
    'docker.io/kennethreitz/httpbin:latest',
    'localhost:5000/curlimages/curl',
    'tutum/curl',
  ])('%s', (image) => {
    expect(parseImage(image)).toMatchObject({ kind: 'real', real: expect.anything() });
  });

  it.each(['httpbin:v1', 'example.com/httpbin:v1', 'mykennethreitz/httpbin', 'curl'])('%s is not', (image) => {
    expect(parseImage(image)).toMatchObject({ kind: 'http' });
    expect(parseImage(image).real).toBeUndefined();
  });

  it('run what a Pod says by command and args', () => {
    const image: RealImage = { packages: null, entrypoint: ['entry'], cmd: ['default'], env: {} };
    expect(commandLine(image, {})).toEqual(['entry', 'default']);
    expect(commandLine(image, { args: ['a'] })).toEqual(['entry', 'a']);
    expect(commandLine(image, { command: ['c'] })).toEqual(['c']);
    expect(commandLine(image, { command: ['c'], args: ['a'] })).toEqual(['c', 'a']);
  });
});
