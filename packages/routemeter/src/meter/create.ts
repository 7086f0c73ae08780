import { sharedInRealm, sharedPorts } from '../attribution/index.ts';
import { MeterCore } from '../books/index.ts';
import { CALL_KINDS, type Config, resolveConfig } from '../config/index.ts';
import { RoutemeterError, show, textOf, warnOnce } from '../errors/index.ts';
import {
  AffixedNaming,
  ClientSink,
  DogStatsD,
  GuardedSink,
  isClient,
  type Naming,
  Output,
  type Sink,
  TaggedNaming,
} from '../outputs/index.ts';
import { dialectFor, namingFor, sinkFor } from './choices.ts';
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
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new RoutemeterError(
      'RM_OPTION_INVALID',
      `createMeter(): ${show(options)} is not an object of options; write createMeter({ prefix: "myapp" }), for example`,
    );
  }
  const { sink, client, ...rest } = options;
  // A client of hot-shots says so where it sends to Telegraf, which reads neither packed values nor `d`.
  const telegraf = (client as { telegraf?: unknown } | undefined)?.telegraf === true;
  const given = telegraf && rest.server === undefined ? { ...rest, server: 'telegraf' } : rest;
  const config = resolveConfig(given as Record<string, unknown>, process.env);
  if (client !== undefined && !isClient(client)) {
    throw new RoutemeterError(
      'RM_OPTION_INVALID',
      `client: ${show(client)} has no function "send"; set "client" to a StatsD client such as one of hot-shots`,
    );
  }
  const main =
    (sink && new GuardedSink(sink)) ??
    (client
      ? new ClientSink(client, config.maxPayload ?? undefined)
      : isLive(config)
        ? null
        : sinkFor(config.target, config));
  const { prefix = '', suffix = '' } = (client ?? {}) as { prefix?: string; suffix?: string };
  const naming = client ? new AffixedNaming(namingFor(config), prefix, suffix) : namingFor(config);
  // Before the application starts threads: see `sharedPorts`.
  if (config.enabled) sharedPorts();
  return started(new Meter(new MeterCore(config, outputs(config, main, naming))));
}

/** The same for as long as this copy of the library lives: asked for each request of a server that nobody has a line in. */
let own: Meter | undefined;

/**
 * The process's own meter, from the environment, made at the first call and the same for every copy
 * of the library; a test file that has its own globals, as in Jest, has its own. Never throws.
 *
 * @example
 * defaultMeter().increment('jobs')
 */
export function defaultMeter(): Meter {
  own ??= sharedInRealm('defaultMeter', () => {
    try {
      const config = resolveConfig({}, process.env);
      // Under routemeter-live alone, with no server configured, port 8125 is nobody's.
      const isNobody = config.liveTarget !== null && !config.urlGiven;
      const main = isNobody || isLive(config) ? null : sinkFor(config.target, config);
      return started(new Meter(new MeterCore(config, outputs(config, main, namingFor(config)))));
    } catch (error) {
      warnOnce(
        'RM_INTERNAL',
        'defaultMeter',
        `the default meter could not be made and is off: ${textOf(error)}`,
      );
      return new Meter(new MeterCore(resolveConfig({ enabled: false }, {}), []));
    }
  });
  return own;
}

/** Takes orders for profiles, where the owner of the application wants that. What it needs is loaded then. */
function started(meter: Meter): Meter {
  const { enabled, orderer } = meter.core.config;
  if (orderer === null || !enabled) return meter;
  import('../profile/orders-by-token.ts').then(
    ({ takeOrdersByToken }) => {
      if (meter.core.closed) return;
      const end = takeOrdersByToken(orderer, (options, told) => meter.profiled(options, told));
      meter.core.whenClosed.push(end);
    },
    (error) => warnOnce('RM_INTERNAL', 'orders', `orders for profiles cannot be taken: ${textOf(error)}`),
  );
  return meter;
}

/**
 * Whether the configured server is routemeter-live itself, as where it told a command its address in the usual
 * variables, too: the live output sends there already, and each sample must arrive once.
 */
function isLive({ target, liveTarget }: Config): boolean {
  return liveTarget !== null && JSON.stringify(target) === JSON.stringify(liveTarget);
}

function outputs(config: Config, main: Sink | null, naming: Naming): Output[] {
  if (!config.enabled) return [];
  const list: Output[] = [];
  if (main !== null) {
    list.push(
      new Output(list.length, {
        naming,
        dialect: dialectFor(config),
        sink: main,
        pack: config.pack,
        breakdown: config.breakdown,
        servers: config.serverTags,
        upstreams: config.upstreams,
        delay: config.delay,
      }),
    );
  }
  if (config.liveTarget !== null) {
    list.push(
      new Output(list.length, {
        naming: new TaggedNaming(''),
        dialect: new DogStatsD({}, { asSent: true }),
        sink: sinkFor(config.liveTarget, { ...config, framed: true }),
        pack: true,
        breakdown: true,
        servers: true,
        upstreams: CALL_KINDS,
        delay: true,
      }),
    );
  }
  return list;
}
