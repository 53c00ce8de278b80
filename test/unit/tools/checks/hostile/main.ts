/** In a thread of its own: each reader of text from outside gets each hostile text of 50 kB, and says how long it took. */
import { parentPort } from 'node:worker_threads';
import { clean } from '../../../../../src/cli/render/text.ts';
import { parseOutsideJson } from '../../../../../src/contract/outside-json.ts';
import { safeJson } from '../../../../../src/contract/safe-json.ts';
import { checkDeployEvent } from '../../../../../src/intake/deploy-event.ts';
import { cleanSentence } from '../../../../../src/kubernetes/client/errors.ts';
import { parseNumber } from '../../../../../src/metrics/number.ts';
import { ExpositionReader } from '../../../../../src/metrics/pods/exposition.ts';
import { isEmailAddress } from '../../../../../src/notify/email.ts';
import { parseImage } from '../../../../../src/plan/image.ts';
import { loadPlanText } from '../../../../../src/plan/index.ts';
import { checkQuery } from '../../../../../src/promql/check-query.ts';
import { endsBetweenParts } from '../../../../../src/promql/literal.ts';
import { isSetCookieOf, valueOfPattern } from '../../../../../src/routers/shared/affinity.ts';
import { domainOf } from '../../../../../src/routers/shared/domain.ts';
import { readText } from '../../../../../src/server/slack/command.ts';

const many = (part: string) => part.repeat(Math.ceil(50_000 / part.length));

const TEXTS: Record<string, string> = {
  quotes: many('\\Q\\E'),
  'open quotes': many('\\Q'),
  classes: many('[[:a'),
  groups: many('(?P<a'),
  slashes: `${many('/')}x`,
  stops: `${many('.:;')}x`,
  digits: `${many('1')}x`,
  services: many('.svc.a'),
  spaces: `a${many(' ')}!`,
  commas: many(',a='),
  cookies: many('a=a; Max-Age=1; '),
  lines: many('\n- '),
  labels: `a{${many('b="\\\\",')}`,
  domains: `a@${many('a.')}-`,
};

const READERS: Record<string, (text: string) => unknown> = {
  'a pattern': endsBetweenParts,
  'a query': (text) =>
    checkQuery(`sum(rate(x{a=~"${text.replaceAll('\\', '\\\\').replaceAll('\n', ' ')}{{v}}"}[1m]))`, { v: 'a' }),
  'a number': parseNumber,
  'a page': (text) => new ExpositionReader(() => true).take(`${text}\n`),
  'an event': (text) => checkDeployEvent({ image: text, plan: text, by: text }),
  JSON: (text) => parseOutsideJson(JSON.stringify(text)),
  'an image': parseImage,
  'an address': isEmailAddress,
  'a sentence': cleanSentence,
  'a line': (text) => safeJson(clean(text)),
  'a domain': (text) => domainOf({ metadata: { name: 'a' }, spec: text } as never),
  'a cookie': (text) => isSetCookieOf('reviews', text),
  'a cookie pattern': (text) => valueOfPattern('reviews', text),
  'a slash command': readText,
  'a plan': (text) => loadPlanText(`kind: ${JSON.stringify(text)}\n${text}`, 'plan.yaml'),
};

for (const [reader, read] of Object.entries(READERS)) {
  for (const [name, text] of Object.entries(TEXTS)) {
    parentPort?.postMessage({ case: `${reader} of ${name}` });
    const startMs = performance.now();
    try {
      read(text);
    } catch {
      // what is refused is read as well
    }
    parentPort?.postMessage({ case: `${reader} of ${name}`, ms: performance.now() - startMs });
  }
}
