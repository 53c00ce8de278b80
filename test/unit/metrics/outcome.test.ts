import { describe, expect, it } from 'vitest';
import { grpcCode } from '../../../src/metrics/grpc-status.ts';
import { outcomeOf } from '../../../src/metrics/outcome.ts';

describe('an application that counts by one label', () => {
  const of = (...codes: string[]) => [...new Set(codes.map((code) => outcomeOf({ code })))];

  it('failed with 500 and above, without an answer, and with what says nothing', () => {
    expect(of('500', '503', '599', '600', '999', '5xx', '5XX', '5')).toEqual(['failed']);
    expect(of('0', '', '13', '-1', 'oops', 'SERVER_ERROR')).toEqual(['failed']);
    expect(of('UNAVAILABLE', 'DeadlineExceeded', 'StatusCode.INTERNAL', 'DATA_LOSS', 'Unknown')).toEqual(['failed']);
  });

  it('answered whatever its caller is to blame for', () => {
    expect(of('100', '200', '301', '404', '1xx', '2xx', '4XX', '2', '4', 'SUCCESS', 'CLIENT_ERROR')).toEqual([
      'answered',
    ]);
    expect(of('OK', 'Ok', 'NOT_FOUND', 'InvalidArgument', 'ResourceExhausted', 'StatusCode.OK')).toEqual(['answered']);
  });

  it('was left', () => expect(of('499', 'CANCELLED', 'Canceled', 'StatusCode.CANCELLED')).toEqual(['callerLeft']));
});

describe('gRPC', () => {
  it.each([
    ['0', 0],
    ['OK', 0],
    ['Ok', 0],
    ['13', 13],
    ['Internal', 13],
    ['codes.Internal', 13],
    ['StatusCode::INTERNAL', 13],
    ['StatusCode.DEADLINE_EXCEEDED', 4],
    ['deadline-exceeded', 4],
    ['deadlineExceeded', 4],
    ['envoy_cluster_grpc_14', 14],
    ['17', undefined],
    ['13.0', undefined],
    ['200', undefined],
    ['', undefined],
    ['4294967295', undefined],
  ])('%s is %s', (text, code) => expect(grpcCode(text)).toBe(code));

  const of = (status: string, flags = '-', code = '200') => outcomeOf({ code, status, flags, protocol: 'grpc' });

  it('counts by its status, whatever the code', () => {
    expect(['0', '3', '5', '6', '7', '8', '9', '10', '11', '16'].map((status) => of(status))).toEqual(
      Array(10).fill('answered'),
    );
    expect(['2', '4', '12', '13', '14', '15', '18446744073709551615'].map((status) => of(status))).toEqual(
      Array(7).fill('failed'),
    );
    expect(of('0', '-', '503')).toBe('answered');
  });

  it('without its status is a failure: the label was removed', () => {
    expect(of('')).toBe('failed');
    expect(outcomeOf({ code: '200', status: '', flags: '-', protocol: 'http' })).toBe('answered');
  });

  it('was left by a status of its own, by a flag, and by a reset before there was one', () => {
    expect([of('1'), of('2', 'DC'), of('2', 'DR'), of('', '-', '0')]).toEqual(Array(4).fill('callerLeft'));
  });

  it("tells what Envoy's own answers are about, which have code 200", () =>
    expect([of('14', 'UH'), of('14', 'UF,URX'), of('14', 'UC'), of('4', 'UT')]).toEqual([
      'neverArrived',
      'neverArrived',
      'lostOnTheWay',
      'lostOnTheWay',
    ]));
});

describe("Envoy's flags", () => {
  const of = (code: string, flags: string) => outcomeOf({ code, status: '', flags, protocol: 'http' });

  it.each([
    ['neverArrived', 'UH NoHealthyUpstream UF UpstreamConnectionFailure UO NR NC NoClusterFound DF DO UDO UF,URX'],
    ['lostOnTheWay', 'UC UpstreamConnectionTermination UR LR UT SI DT UPE UMSDR UC,URX NewerThanWeKnow'],
    ['failed', '- URX UpstreamRetryLimitExceeded DI FI RL OM DC LH'],
    ['unflagged', ''],
  ])('on a 503: %s with %s', (outcome, flags) => {
    for (const one of flags.split(' ')) expect([one, of('503', one)]).toEqual([one, outcome]);
  });

  it('a caller who left before the answer', () => {
    for (const flags of ['DC', 'DR', 'DownstreamConnectionTermination', 'DownstreamRemoteReset', '-'])
      expect([flags, of('0', flags)]).toEqual([flags, 'callerLeft']);
    expect(of('499', '')).toBe('callerLeft');
    expect(of('0', '')).toBe('unflagged');
  });

  it('a caller who left with the answer in his hands has got one', () => {
    expect([of('200', 'DC'), of('101', 'DC'), of('404', 'DC'), of('404', 'NR'), of('101', 'UC')]).toEqual(
      Array(5).fill('answered'),
    );
    expect([of('500', 'DC'), of('200', 'UC'), of('200', 'UR,DC')]).toEqual(['failed', 'lostOnTheWay', 'answered']);
  });
});
