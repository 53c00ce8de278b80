import { describe, expect, it } from 'vitest';
import { ExpositionReader, type PageSample } from '../../../../src/metrics/pods/exposition.ts';

const wanted = (name: string) => ['http_requests_total', 'latency_seconds_bucket'].includes(name);

function read(text: string, size = text.length || 1): PageSample[] {
  const reader = new ExpositionReader(wanted);
  for (let at = 0; at < text.length; at += size) reader.take(text.slice(at, at + size));
  reader.end();
  return reader.samples;
}

const PAGE = `# HELP http_requests_total Requests, with "quotes" and { braces }.
# TYPE http_requests_total counter
http_requests_total{code="200",path="/a,b}c"} 1027 1395066363000
http_requests_total{ code = "500" , path = "C:\\\\DIR\\\\F\\"x\\"\\n", } 3.5e+2
http_requests_total_other{code="200"} 9
http_requests 9
go_goroutines 12

latency_seconds_bucket{le="+Inf"} 17 # {trace_id="oHg5SJYRHA0"} 9.8 1520879607.789
latency_seconds_bucket{le="5.0"} 3 1.697141781462e+09 #  5.9060365 1.6971417814410365e+09
latency_seconds_bucket{le="10.0"} 3 # {"net.http"="abc"} 1.0
http_requests_total 4
# EOF`;

describe('a page of metrics', () => {
  it('gives the wanted samples with labels as they were meant, whatever else is on the line', () => {
    expect(read(PAGE).map(({ name, labels, value }) => [name, labels, value])).toEqual([
      ['http_requests_total', { code: '200', path: '/a,b}c' }, 1027],
      ['http_requests_total', { code: '500', path: 'C:\\DIR\\F"x"\n' }, 350],
      ['latency_seconds_bucket', { le: '+Inf' }, 17],
      ['latency_seconds_bucket', { le: '5.0' }, 3],
      ['latency_seconds_bucket', { le: '10.0' }, 3],
      ['http_requests_total', {}, 4],
    ]);
  });

  it.each([1, 2, 7, 64])('is the same in pieces of %i characters', (size) => {
    expect(read(PAGE, size)).toEqual(read(PAGE));
  });

  it('tells series apart by their labels, and has values that are no numbers of requests as they are', () => {
    const [nan, infinite] = read('http_requests_total{code="1"} NaN\nhttp_requests_total{code="2"} +Inf\n');
    expect([nan?.value, infinite?.value]).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
    expect(nan?.series).not.toBe(infinite?.series);
  });

  it('reads names in quotes and label names that are no property of anything', () => {
    expect(read('http_requests_total{"http.code"="200",__proto__="x"} 1')[0]?.labels).toEqual(
      Object.fromEntries([
        ['http.code', '200'],
        ['__proto__', 'x'],
      ]),
    );
  });

  it.each([
    ['an open label', 'http_requests_total{code="200'],
    ['an open brace', 'http_requests_total{code="200" 5'],
    ['no value', 'http_requests_total{code="200"}'],
    ['no name of a label', 'http_requests_total{="200"} 1'],
    ['a value that is none', 'http_requests_total{code="200"} 0x10'],
    ['an empty value', 'http_requests_total{code="200"} ""'],
    ['an escape at the end', 'http_requests_total{code="200\\'],
    ['a quote that nobody escaped', 'http_requests_total{name="MacBook 14" r/w",code="200"} 1'],
    ['values without quotes', 'http_requests_total{code=200,method=get} 20'],
    ['HTML', '<html><body>http_requests_total{code="200"} 1</body></html>'],
  ])('leaves out %s, and reads on', (_, line) => {
    expect(read(`${line}\nhttp_requests_total 7\n`).map(({ value }) => value)).toEqual([7]);
  });

  it('never holds a line that does not end, and is as fast with it', () => {
    const reader = new ExpositionReader(wanted);
    const begun = performance.now();
    reader.take('http_requests_total{code="');
    for (let piece = 0; piece < 256; piece += 1) reader.take('\\"{,='.repeat(16_384));
    reader.take('"} 1\nhttp_requests_total 8\n');
    expect(reader.samples.map(({ value }) => value)).toEqual([8]);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('takes time by the length of the page, however its lines are made', () => {
    const hostile = `http_requests_total{${'a="\\\\",'.repeat(2_000)} 1\n`;
    const begun = performance.now();
    read(hostile.repeat(500), 65_536);
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it('gives up on more series than anybody can count', () => {
    const reader = new ExpositionReader(wanted);
    const all = Array.from({ length: 20_001 }, (_, i) => `http_requests_total{user="${i}"} 1\n`).join('');
    expect(() => reader.take(all)).toThrow('more than 20000 of the wanted series');
  });
});
