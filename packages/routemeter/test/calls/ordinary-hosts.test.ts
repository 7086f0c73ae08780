import { describe, expect, test } from 'vitest';
import { OrdinaryHosts, PLACE_HOSTS, SETTLES } from '../../src/calls/ordinary-hosts.ts';

const make = (...environment: string[]) => {
  const hosts = new OrdinaryHosts(() => environment);
  return (peer: string, place = '/a ', times = 1) => {
    let told = false;
    for (let i = 0; i < times; i++) told = hosts.calls(peer, (of: string) => of, place);
    return told;
  };
};

describe('which hosts are told', () => {
  test.each([
    'localhost:3000',
    'ads',
    'ads:8080',
    'ads.internal',
    'api.shop.svc.cluster.local:8080',
    '127.0.0.1:80',
    '10.1.2.3',
    '172.16.0.9:9000',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '[::1]:3000',
    '[fd12::1]',
  ])('at once, as one of a private network: %s', (peer) => {
    expect(make()(peer)).toBe(true);
  });

  test.each([
    'example.com',
    '10.evil.example',
    '172.32.0.1',
    '8.8.8.8:53',
    '[2001:db8::1]:80',
    'internal.example',
  ])('not at once: %s', (peer) => {
    const calls = make();
    expect(calls(peer, '/a ', SETTLES - 1)).toBe(false);
    expect(calls(peer)).toBe(true);
    expect(calls(peer, '/another')).toBe(true);
  });

  test('at once, as the environment names it', () => {
    const calls = make('https://user:word@API.example.com:8443/v1?x=y.example', 'db1.example, db2.example');
    expect(calls('api.example.com:8443')).toBe(true);
    expect(calls('db2.example')).toBe(true);
    expect(calls('example.com')).toBe(false);
  });

  test('none of a place that calls more than three: neither before nor later', () => {
    const calls = make();
    for (let round = 0; round < 3 * SETTLES; round++) {
      for (let i = 0; i <= PLACE_HOSTS; i++) expect(calls(`tenant-${i}.example`, '/hooks ')).toBe(false);
    }
  });

  test('no more, where a place that told it turns out to call many', () => {
    const calls = make();
    expect(calls('early.example', '/hooks ', SETTLES)).toBe(true);
    expect(calls('both.example', '/hooks ', SETTLES)).toBe(true);
    expect(calls('both.example', '/one ', SETTLES)).toBe(true);
    for (let i = 0; i < PLACE_HOSTS; i++) calls(`late-${i}.example`, '/hooks ');
    expect(calls('early.example', '/hooks ')).toBe(false);
    expect(calls('both.example', '/hooks ')).toBe(true);
  });

  test('what is known has a bound: beyond it the count begins anew', () => {
    const calls = make();
    expect(calls('api.example', '/a ', SETTLES)).toBe(true);
    for (let i = 0; i < 2000; i++) {
      calls(`h${i}.example`, `/place${i} `);
      calls(`h${i}`);
    }
    expect(calls('api.example', '/a ')).toBe(false);
    expect(calls('api.example', '/a ', SETTLES)).toBe(true);
  });
});
