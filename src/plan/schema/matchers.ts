import { z } from 'zod';
import { endsBetweenParts } from '../../promql/literal.ts';
import { expects, showValue, wording } from '../wording.ts';
import { section } from './section.ts';

const MAX_TEXT = 1024;

export const labelName = (example: string) => {
  const error = expects(`a name of letters, digits and "_", for example ${example}`);
  return z.string({ error }).regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, { error });
};

const text = z.string({ error: expects('a text in quotes') }).max(MAX_TEXT, { error: expects('a shorter text') });

const pattern = text.refine(endsBetweenParts, {
  error: (issue) =>
    wording(
      `${showValue(issue.input)} is no pattern as Prometheus knows them (RE2)`,
      'close what it opens, and leave out lookaheads and back references: "!~" says what may not be',
    ),
});

const operators = section({
  '=': text.optional().describe('Equal; "" is a label that is missing'),
  '!=': text.optional().describe('Not equal'),
  '=~': pattern.optional().describe('A pattern (RE2) that the whole value matches'),
  '!~': pattern.optional().describe('A pattern (RE2) that it does not match'),
});

const literal = z
  .string()
  .min(1, { error: expects('a text, or { "=": "" } for a label that is missing') })
  .max(MAX_TEXT);

const matcher = z.union([literal, operators], {
  error: expects('a text, or operators, for example { "=~": "/api.*" } (also =, !=, !~)'),
});

/** Matchers of series by label. */
export const matchers = z.record(labelName('handler'), matcher, {
  error: expects('labels, for example { handler: /api }'),
});
