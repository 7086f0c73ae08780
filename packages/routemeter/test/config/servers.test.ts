import { mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerId } from '../../src/config/container.ts';
import { parseTarget, resolveConfig } from '../../src/config/index.ts';
import { createMeter, RoutemeterError } from '../../src/index.ts';

describe('server', () => {
  it.each([
    ['datadog', 'dogstatsd', true, 'distribution'],
    ['statsd_exporter', 'dogstatsd', true, 'timing'],
    ['vector', 'dogstatsd', false, 'timing'],
    ['otel', 'dogstatsd', false, 'timing'],
    ['telegraf', 'influx', false, 'timing'],
    ['graphite', 'graphite', false, 'timing'],
    ['statsd', 'statsd', false, 'timing'],
  ] as const)('%s sets dialect, packing and type together', (server, dialect, pack, timings) => {
    expect(resolveConfig({ server }, {})).toMatchObject({ dialect, pack, timings });
    expect(resolveConfig({}, { ROUTEMETER_SERVER: server })).toMatchObject({ dialect, pack, timings });
  });

  it('is plain where only STATSD_HOST says where to send, and only there', () => {
    const plain = { STATSD_HOST: 'statsd.internal', STATSD_PORT: '9125' };
    expect(resolveConfig({}, plain)).toMatchObject({ server: 'statsd', url: 'udp://statsd.internal:9125' });
    expect(resolveConfig({}, { ...plain, DD_AGENT_HOST: 'agent' })).toMatchObject({ server: 'datadog' });
    expect(resolveConfig({}, { ...plain, ROUTEMETER_URL: 'udp://h:1' })).toMatchObject({ server: 'datadog' });
    expect(resolveConfig({ url: 'udp://h:1' }, plain)).toMatchObject({ server: 'datadog' });
    expect(resolveConfig({ server: 'graphite' }, plain)).toMatchObject({ dialect: 'graphite' });
    expect(resolveConfig({}, { ...plain, ROUTEMETER_SERVER: 'telegraf' })).toMatchObject({
      dialect: 'influx',
    });
  });

  it('never packs or sends distributions in a dialect whose servers cannot read them', () => {
    for (const dialect of ['graphite', 'influx', 'statsd']) {
      expect(resolveConfig({ dialect }, {})).toMatchObject({ pack: false, timings: 'timing' });
    }
    expect(() => createMeter({ dialect: 'statsd', pack: true })).toThrow(RoutemeterError);
    expect(() => createMeter({ dialect: 'statsd', pack: true })).toThrow(
      /one value a line; leave out "pack"/,
    );
  });

  it('sends fields of Datadog from the environment to Datadog alone, from options wherever they are read', () => {
    const env = { DD_EXTERNAL_ENV: 'it-false', DD_CARDINALITY: 'LOW' };
    expect(resolveConfig({}, env)).toMatchObject({ externalData: 'it-false', cardinality: 'low' });
    expect(resolveConfig({ server: 'otel' }, env)).toMatchObject({
      externalData: undefined,
      cardinality: undefined,
    });
    expect(resolveConfig({ server: 'vector', externalData: 'x' }, env)).toMatchObject({ externalData: 'x' });
  });

  it.each(['statsd_exporter', 'otel'])('refuses what would make %s drop every line', (server) => {
    expect(() => createMeter({ server, externalData: 'it-false' } as never)).toThrow(
      /leave out "externalData"/,
    );
    expect(() => createMeter({ server, cardinality: 'low' } as never)).toThrow(/leave out "cardinality"/);
    // In another format these fields are not written.
    expect(resolveConfig({ server, dialect: 'influx', cardinality: 'low' }, {})).toMatchObject({
      dialect: 'influx',
    });
  });
});

describe('url', () => {
  it.each([
    ['udp://agent', { kind: 'udp', host: 'agent', port: 8125 }],
    ['udp://[::1]:9', { kind: 'udp', host: '::1', port: 9 }],
    ['tcp://10.0.0.1:8126', { kind: 'tcp', host: '10.0.0.1', port: 8126 }],
    ['unixstream:///run/dsd.socket', { kind: 'unixstream', path: '/run/dsd.socket' }],
    ['unix:///run/with%20space', { kind: 'unix', path: '/run/with space' }],
    ['unixgram:///run/dsd.socket', { kind: 'unix', path: '/run/dsd.socket' }],
    ['log:', { kind: 'log' }],
    ['null:', { kind: 'null' }],
  ])('%s', (url, target) => {
    expect(parseTarget(url)).toEqual(target);
  });

  it.each([
    ['unix://run/dsd.socket', 'three slashes'],
    ['unixstream:///', 'names no socket path'],
    [`unix:///${'x'.repeat(120)}`, '107 bytes'],
    ['tcp://:1', 'udp://HOST:PORT'],
    ['udp://h:0', 'port 0'],
    ['https://h', 'names no sink'],
  ])('%s is refused: %s', (url, why) => {
    expect(() => parseTarget(url)).toThrow(why);
  });
});

describe('the container', () => {
  const root = mkdtempSync(join(tmpdir(), 'routemeter-cgroup-'));
  mkdirSync(join(root, 'proc/self'), { recursive: true });
  mkdirSync(join(root, 'sys/fs/cgroup'), { recursive: true });
  const id = '3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860';

  it.each([
    [`12:memory:/docker/${id}\n`, `ci-${id}`],
    [`1:name=systemd:/kubepods.slice/pod1/cri-containerd-${id}.scope\n`, `ci-${id}`],
    [
      '9:cpu:/ecs/task/34dc0b5e626f2c5c4c5170e34b10e765-1234567890\n',
      'ci-34dc0b5e626f2c5c4c5170e34b10e765-1234567890',
    ],
    ['0::/user.slice/session-1.scope\n', undefined],
    ['0::/\n', `in-${statSync(join(root, 'sys/fs/cgroup')).ino}`],
  ])('in %s', (groups, expected) => {
    writeFileSync(join(root, 'proc/self/cgroup'), groups);
    expect(containerId(root)).toBe(expected);
  });

  it('is not there other than on Linux', () => {
    expect(containerId(join(root, 'nowhere'))).toBeUndefined();
  });
});
