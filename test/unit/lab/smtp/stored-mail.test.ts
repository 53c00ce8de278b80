import { expect, it } from 'vitest';
import { parseHeaders } from '../../../../lab/smtp/stored-mail.ts';

it('reads header fields, folded ones included, and stops at the body', () => {
  const raw = 'Subject: one\r\n two\r\nX-A:b\r\nMessage-ID: <1@x>\r\n\r\nTo: not@a.header\r\n';
  expect(parseHeaders(raw)).toEqual({ subject: 'one two', 'x-a': 'b', 'message-id': '<1@x>' });
});

it('survives a mail without a body and lines that are no fields', () => {
  expect(parseHeaders('Subject: a\r\nnonsense')).toEqual({ subject: 'a' });
});
