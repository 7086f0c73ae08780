import { shared } from '../attribution/index.ts';
import { type Config, resolveConfig, type Target } from '../config/index.ts';
import { warnOnce } from '../errors/index.ts';
import {
  CustomNaming,
  type Dialect,
  DogStatsD,
  LogSink,
  type NameFunction,
  type Naming,
  NullSink,
  Output,
  type Sink,
  TaggedNaming,
  UdpSink,
} from '../outputs/index.ts';
import { MeterCore } from './core.ts';
import { Meter } from './meter.ts';
import type { MeterOptions } from './options.ts';

/**
 * Makes a meter. It opens no socket and starts no timer before the first sample.
 *
 * @throws RoutemeterError for an option that does not exist or is out of range, with its value and
 * the remedy. A wrong environment value warns once and counts as not set.
 *
 * @example
 * import { createMeter } from 'routemeter'
 * const meter = createMeter({ prefix: 'myapp', tags: { app: 'myapp', stage: 'testing' } })
 */
export function createMeter(options: MeterOptions = {}): Meter {
  const { sink, ...rest } = options;
  const config = resolveConfig(rest as Record<string, unknown>, process.env);
  return new Meter(new MeterCore(config, outputs(config, sink ?? sinkFor(config.target, config.maxPayload))));
}

/**
 * The process's own meter, from the environment, made at the first call and the same for every copy
 * of the library. Never throws.
 *
 * @example
 * defaultMeter().increment('jobs')
 */
export function defaultMeter(): Meter {
  return shared('defaultMeter', () => {
    try {
      const config = resolveConfig({}, process.env);
      // Under routemeter-live alone, with no server configured, port 8125 is nobody's.
      const main =
        config.liveTarget !== null && !config.urlGiven ? null : sinkFor(config.target, config.maxPayload);
      return new Meter(new MeterCore(config, outputs(config, main)));
    } catch (error) {
      warnOnce(
        'RM_INTERNAL',
        'defaultMeter',
        `the default meter could not be made and is off: ${String(error)}`,
      );
      return new Meter(new MeterCore(resolveConfig({ enabled: false }, {}), []));
    }
  });
}

function outputs(config: Config, main: Sink | null): Output[] {
  if (!config.enabled) return [];
  const list: Output[] = [];
  if (main !== null) {
    list.push(
      new Output(list.length, {
        naming: namingFor(config),
        dialect: DIALECTS[config.dialect](),
        sink: main,
        pack: config.pack,
        breakdown: config.breakdown,
      }),
    );
  }
  if (config.liveTarget !== null) {
    list.push(
      new Output(list.length, {
        naming: new TaggedNaming(''),
        dialect: new DogStatsD(),
        sink: sinkFor(config.liveTarget, config.maxPayload),
        pack: true,
        breakdown: true,
      }),
    );
  }
  return list;
}

const DIALECTS: Record<Config['dialect'], () => Dialect> = {
  dogstatsd: () => new DogStatsD(),
};

function namingFor(config: Config): Naming {
  return typeof config.names === 'function'
    ? new CustomNaming(config.prefix, config.names as NameFunction)
    : new TaggedNaming(config.prefix);
}

function sinkFor(target: Target, maxPayload: number): Sink {
  switch (target.kind) {
    case 'udp':
      return new UdpSink(target.host, target.port, maxPayload);
    case 'log':
      return new LogSink();
    case 'null':
      return new NullSink(maxPayload);
  }
}
