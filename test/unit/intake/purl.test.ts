import { expect, it } from 'vitest';
import { imageOfPurl } from '../../../src/intake/purl.ts';

const DIGEST = `sha256:${'0b31'.repeat(16)}`;
const OF = DIGEST.replace(':', '%3A');

it.each([
  [`pkg:oci/myapp@${OF}`, `myapp@${DIGEST}`],
  [`pkg:oci/myapp@${OF}?repository_url=gcr.io/acme/myapp&arch=amd64&tag=V1`, `gcr.io/acme/myapp:V1@${DIGEST}`],
  [`pkg:oci/myapp@${DIGEST}?repository_url=registry%3A5000/myapp`, `registry:5000/myapp@${DIGEST}`],
  ['pkg:oci/myapp?tag=latest', 'myapp:latest'],
  ['pkg:oci/acme/myapp@1', 'pkg:oci/acme/myapp@1'],
  ['pkg:golang/github.com/acme/myapp@1', 'pkg:golang/github.com/acme/myapp@1'],
  ['pkg:oci/', 'pkg:oci/'],
  ['registry.example.com/myapp:V1', 'registry.example.com/myapp:V1'],
])('%s is %s', (text, image) => expect(imageOfPurl(text)).toBe(image));
