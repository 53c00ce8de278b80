import { z } from 'zod';
import { unknownInPath } from '../../contract/web-path.ts';
import { expects } from '../wording.ts';
import { dnsLabel, httpPath, webAddress } from './scalars.ts';
import { rule, section } from './section.ts';

const pointerError = expects('a JSON pointer (RFC 6901), for example /data/value');

/** A number that an address answers. */
export const web = section({
  source: dnsLabel('datadog')
    .optional()
    .describe("A web source of the installation, which brings the login; default: the check's own address"),
  address: webAddress('https://quality.example.com')
    .optional()
    .describe('Address without the path, where the installation allows addresses in plans; default: the source'),
  path: httpPath
    .default('/')
    .describe('Path and query below it, with {{namespace}}, {{workload}}, {{service}}, {{revision}} of the canary'),
  pointer: z
    .string({ error: pointerError })
    .max(512, { error: pointerError })
    .regex(/^(?:\/(?:[^~/]|~[01])*)*$/, { error: pointerError })
    .describe('Place of the number in the answer; "" is the answer itself'),
}).check(
  rule(['source', 'address'], ({ source, address }, report) => {
    if ((source === undefined) === (address === undefined))
      report([], 'one of source and address says who is asked', 'write source: and its name, or address: and a URL');
  }),
  rule(['path'], ({ path }, report) => {
    const unknown = unknownInPath(path);
    if (unknown !== undefined)
      report(['path'], `{{${unknown}}} is unknown`, 'use namespace, workload, service or revision');
  }),
);
