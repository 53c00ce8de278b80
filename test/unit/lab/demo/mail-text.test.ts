import { expect, test } from 'vitest';
import { plainText } from '../../../../lab/demo/mail-text.ts';

const HEAD = ['From: a@example.com', 'Subject: hello', 'MIME-Version: 1.0'];

test('the text part of a mail with two forms, decoded', () => {
  const mail = [
    ...HEAD,
    'Content-Type: multipart/alternative;',
    ' boundary="b1"',
    '',
    '--b1',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>no</p>',
    '--b1',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'ci =C2=B7 webhook, a line that is =',
    'long',
    '',
    '  indented=3D1',
    '--b1--',
    '',
  ].join('\r\n');
  expect(plainText(mail)).toBe('ci · webhook, a line that is long\n\n  indented=1');
});

test('a mail without parts is its body', () => {
  expect(plainText([...HEAD, 'Content-Type: text/plain', '', 'a', 'b'].join('\r\n'))).toBe('a\nb');
});

test('base64', () => {
  const head = [...HEAD, 'Content-Type: text/plain', 'Content-Transfer-Encoding: base64', ''];
  expect(plainText([...head, Buffer.from('drei Prüfungen').toString('base64')].join('\r\n'))).toBe('drei Prüfungen');
});

test('a mail of HTML alone is told as such', () => {
  expect(() => plainText([...HEAD, 'Content-Type: text/html', '', '<p>x</p>'].join('\r\n'))).toThrow('no text part');
});
