import { afterEach, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/index.ts';
import { captureWarnings, RoutemeterError } from '../../src/errors/index.ts';
import { createMeter } from '../../src/index.ts';

function thrown(options: Record<string, unknown>): RoutemeterError {
  try {
    createMeter(options as never);
  } catch (error) {
    return error as RoutemeterError;
  }
  throw new Error('nothing was thrown');
}

describe('options', () => {
  it.each([
    [{ url: 'foo://' }, 'RM_URL_INVALID', 'foo://', 'udp://HOST:PORT'],
    [{ url: 'nonsense' }, 'RM_URL_INVALID', 'nonsense', 'udp://HOST:PORT'],
    [{ url: 'udp://h:99999' }, 'RM_URL_INVALID', '99999', 'udp://HOST:PORT'],
    [{ maxSeries: -1 }, 'RM_OPTION_INVALID', '-1', 'maxSeries'],
    [{ maxSeries: 1.5 }, 'RM_OPTION_INVALID', '1.5', 'maxSeries'],
    [{ sampleRate: 0 }, 'RM_OPTION_INVALID', '0', 'sampleRate'],
    [{ cpu: 'sometimes' }, 'RM_OPTION_INVALID', 'sometimes', 'cpu'],
    [{ cpuCeiling: 0 }, 'RM_OPTION_INVALID', '0', 'cpuCeiling'],
    [{ cpuCeiling: 3 }, 'RM_OPTION_INVALID', '3', 'cpuCeiling'],
    [{ cpuCeiling: '3 %' }, 'RM_OPTION_INVALID', '3 %', 'cpuCeiling'],
    [{ flushMs: '1s' }, 'RM_OPTION_INVALID', '1s', 'flushMs'],
    [{ tags: { a: 'x\ny' } }, 'RM_TAG_INVALID', 'x\\ny', 'tags'],
    [{ tags: { 'a b': 'x' } }, 'RM_TAG_INVALID', 'a b', 'tags'],
    [{ tags: ['a:1|c'] }, 'RM_TAG_INVALID', '1|c', 'tags'],
    [{ tags: [':x'] }, 'RM_TAG_INVALID', ':x', 'tags'],
    [{ prefix: 'a\nb' }, 'RM_OPTION_INVALID', 'a\\nb', 'prefix'],
    [{ server: 'datadgo' }, 'RM_OPTION_INVALID', 'datadgo', 'datadog'],
    [{ maxSerie: 5 }, 'RM_OPTION_UNKNOWN', 'maxSerie', 'did you mean "maxSeries"'],
  ])('%j throws %s at construction, with value and remedy', (options, code, value, remedy) => {
    const error = thrown(options);
    expect(error).toBeInstanceOf(RoutemeterError);
    expect(error.code).toBe(code);
    expect(error.message).toContain(value);
    expect(error.message).toContain(remedy);
  });

  it.each([null, 5, [], 'udp://127.0.0.1:8125'])('createMeter(%j): no object of options', (options) => {
    const error = thrown(options as never);
    expect(error).toBeInstanceOf(RoutemeterError);
    expect(error.code).toBe('RM_OPTION_INVALID');
    expect(error.message).toContain(JSON.stringify(options));
    expect(error.message).toContain('createMeter({');
  });

  it('takes options over environment over defaults', () => {
    const env = { ROUTEMETER_PREFIX: 'env', ROUTEMETER_MAX_SERIES: '7', ROUTEMETER_TAGS: 'a:1,b:2' };
    const config = resolveConfig({ prefix: 'option', tags: { b: '3' } }, env);
    expect(config.prefix).toBe('option');
    expect(config.maxSeries).toBe(7);
    expect(config.flushMs).toBe(1000);
    expect(config.tags).toEqual([
      ['a', '1'],
      ['b', '3'],
    ]);
  });
});

it.each([
  [{}, {}, 0.03],
  [{ server: 'otel' }, {}, 0.03],
  // They average timings with a sample rate wrongly.
  [{ server: 'statsd' }, {}, 1],
  [{ server: 'graphite' }, {}, 1],
  [{ server: 'statsd' }, { ROUTEMETER_CPU_CEILING: '0.1' }, 0.1],
  [{ cpuCeiling: 0.2 }, { ROUTEMETER_CPU_CEILING: '0.1' }, 0.2],
])('the ceiling of CPU by %j and %j is %d', (options, env, ceiling) => {
  expect(resolveConfig(options, env).cpuCeiling).toBe(ceiling);
});

describe('environment', () => {
  const lines: string[] = [];
  let restore = () => {};
  afterEach(() => {
    restore();
    lines.length = 0;
  });
  const watch = () => {
    restore = captureWarnings((line) => lines.push(line));
  };

  it.each([
    ['ROUTEMETER_MAX_SERIES', 'many', 'maxSeries', 2000],
    ['ROUTEMETER_FLUSH_MS', '-5', 'flushMs', 1000],
    ['ROUTEMETER_CPU', '7', 'cpu', 'auto'],
    ['ROUTEMETER_CPU_CEILING', '3', 'cpuCeiling', 0.03],
    ['ROUTEMETER_ENABLED', 'perhaps', 'enabled', true],
    ['ROUTEMETER_URL', 'foo://x', 'url', 'udp://127.0.0.1:8125'],
    ['ROUTEMETER_SERVER', 'carrier-pigeon', 'server', 'datadog'],
    ['ROUTEMETER_TAGS', 'a:b|c', 'tags', []],
  ] as const)('%s=%s warns once and falls back', (name, text, field, fallback) => {
    watch();
    const first = resolveConfig({}, { [name]: text });
    resolveConfig({}, { [name]: text });
    expect(first[field]).toEqual(fallback);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(name);
    expect(lines[0]).toContain(text);
    expect(lines[0]).toMatch(/\[RM_ENV_INVALID\]\n$/);
  });

  it('finds the server by the most specific variable', () => {
    watch();
    const url = (env: Record<string, string>) => resolveConfig({}, env).url;
    expect(url({})).toBe('udp://127.0.0.1:8125');
    expect(url({ DD_AGENT_HOST: '10.0.0.1' })).toBe('udp://10.0.0.1:8125');
    expect(url({ DD_AGENT_HOST: '10.0.0.1', DD_DOGSTATSD_PORT: '9' })).toBe('udp://10.0.0.1:9');
    expect(url({ DD_AGENT_HOST: 'fd00::1' })).toBe('udp://[fd00::1]:8125');
    expect(url({ DD_DOGSTATSD_URL: 'udp://a:1', DD_AGENT_HOST: 'b' })).toBe('udp://a:1');
    expect(url({ ROUTEMETER_URL: 'udp://r:1', DD_DOGSTATSD_URL: 'udp://a:1' })).toBe('udp://r:1');
    expect(url({ STATSD_HOST: 's', STATSD_PORT: '8126' })).toBe('udp://s:8126');
    expect(lines).toEqual([]);
  });

  it.each([
    [{ STATSD_HOST: 's:9125' }, 'udp://s:9125'],
    [{ STATSD_HOST: 's:9125', STATSD_PORT: '1' }, 'udp://s:9125'],
    [{ STATSD_HOST: ' s ', STATSD_PORT: ' 8126 ' }, 'udp://s:8126'],
    [{ STATSD_HOST: 's:' }, 'udp://s:8125'],
    [{ STATSD_HOST: '10.0.0.1:9' }, 'udp://10.0.0.1:9'],
    [{ STATSD_HOST: '::1' }, 'udp://[::1]:8125'],
    [{ STATSD_HOST: '[::1]' }, 'udp://[::1]:8125'],
    [{ STATSD_HOST: '[::1]:9' }, 'udp://[::1]:9'],
    [{ STATSD_HOST: '::1', STATSD_PORT: '9' }, 'udp://[::1]:9'],
    [{ STATSD_HOST: 'udp://s' }, 'udp://s:8125'],
    [{ STATSD_HOST: 'tcp://s:9/' }, 'tcp://s:9'],
    [{ STATSD_HOST: 's', STATSD_PORT: 'tcp://10.3.0.9:8127' }, 'udp://s:8127'],
    [{ STATSD_HOST: '/run/statsd.sock' }, 'unix:///run/statsd.sock'],
    [{ DD_AGENT_HOST: '[::1]' }, 'udp://[::1]:8125'],
    [{ DD_AGENT_HOST: '[fd00::1]', DD_DOGSTATSD_PORT: '9' }, 'udp://[fd00::1]:9'],
    [{ DD_AGENT_HOST: 'udp://10.0.0.1' }, 'udp://10.0.0.1:8125'],
    [{ DD_AGENT_HOST: 'udp://[::1]:9' }, 'udp://[::1]:9'],
    [{ DD_AGENT_HOST: 'http://10.0.0.1:8126' }, 'udp://10.0.0.1:8125'],
    [{ DD_AGENT_HOST: 'unix:///run/dd.sock' }, 'unix:///run/dd.sock'],
    [{ DD_AGENT_HOST: '  ' }, 'udp://127.0.0.1:8125'],
    [{ DD_DOGSTATSD_URL: ' unix:///run/dd.sock ' }, 'unix:///run/dd.sock'],
    [{ DD_DOGSTATSD_URL: 'unixstream:///run/dd.sock' }, 'unixstream:///run/dd.sock'],
    [{ DD_DOGSTATSD_URL: 'udp://[::1]:9' }, 'udp://[::1]:9'],
    [{ ROUTEMETER_URL: ' ', STATSD_HOST: 's' }, 'udp://s:8125'],
  ])('understands %j', (env, expected) => {
    const warnings: string[] = [];
    const restore = captureWarnings((line) => warnings.push(line));
    expect(resolveConfig({}, env).url).toBe(expected);
    restore();
    expect(warnings).toEqual([]);
  });

  it.each([
    { STATSD_HOST: 's:port' },
    { STATSD_HOST: '[::1' },
    { DD_AGENT_HOST: 'a b' },
    { DD_AGENT_HOST: 'ftp://a' },
    { DD_DOGSTATSD_PORT: '99999' },
  ])('warns of %j, with the text as it stands there, and goes on', (env) => {
    const warnings: string[] = [];
    const restore = captureWarnings((line) => warnings.push(line));
    expect(resolveConfig({}, env).url).toBe('udp://127.0.0.1:8125');
    restore();
    const [[name, text]] = Object.entries(env) as [[string, string]];
    expect(warnings.join()).toContain(`${name}=${JSON.stringify(text)}`);
  });

  it('sends to the agent by UDP at the address that it is given', () => {
    const agent = (env: Record<string, string>) => resolveConfig({}, env).agent;
    expect(agent({ DD_AGENT_HOST: '[::1]:9' })).toEqual({ host: '::1', port: 9 });
    expect(agent({ DD_AGENT_HOST: '10.0.0.1', DD_DOGSTATSD_PORT: '7' })).toEqual({
      host: '10.0.0.1',
      port: 7,
    });
    expect(agent({ DD_AGENT_HOST: 'unix:///run/dd.sock' })).toEqual({ host: '127.0.0.1', port: 8125 });
  });

  it("reads Datadog's unified tags", () => {
    watch();
    const env = { DD_ENV: 'prod', DD_SERVICE: 'shop', DD_VERSION: '1.2', DD_TAGS: 'team:a region:eu' };
    expect(Object.fromEntries(resolveConfig({}, env).tags)).toMatchObject({
      env: 'prod',
      service: 'shop',
      version: '1.2',
      team: 'a',
      region: 'eu',
    });
  });
});
