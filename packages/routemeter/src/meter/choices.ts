import type { Config, Target } from '../config/index.ts';
import { warnOnce } from '../errors/index.ts';
import {
  ConnectDatadogNaming,
  CustomNaming,
  type Dialect,
  DogStatsD,
  ExpressHotShotsNaming,
  findAddon,
  Graphite,
  Influx,
  LogSink,
  type NameFunction,
  type Naming,
  NullSink,
  PerViewNaming,
  PlainNaming,
  PlainStatsD,
  SeveralNamings,
  type Sink,
  StreamSink,
  TaggedNaming,
  UdpSink,
  UnixDatagramSink,
} from '../outputs/index.ts';

const DIALECTS: Record<Config['dialect'], (config: Config) => Dialect> = {
  dogstatsd: ({ containerId: container, externalData: external, cardinality, reads }) =>
    new DogStatsD({ container, external, cardinality }, { reads }),
  graphite: () => new Graphite(),
  influx: () => new Influx(),
  statsd: () => new PlainStatsD(),
};

export function dialectFor(config: Config): Dialect {
  return DIALECTS[config.dialect](config);
}

/** In a wire format without tags the name has to say everything. */
const NAMINGS: Record<string, (prefix: string, tagless: boolean) => Naming> = {
  tagged: (prefix, tagless) => (tagless ? new PlainNaming(prefix) : new TaggedNaming(prefix)),
  'per-view': (prefix, tagless) => new PerViewNaming(prefix, tagless),
  'connect-datadog': (prefix) => new ConnectDatadogNaming(prefix),
  'express-hot-shots': (prefix) => new ExpressHotShotsNaming(prefix),
};

export function namingFor({ names, prefix, dialect }: Config): Naming {
  const tagless = dialect === 'statsd';
  const one = (wanted: unknown): Naming =>
    typeof wanted === 'function'
      ? new CustomNaming(prefix, wanted as NameFunction)
      : NAMINGS[wanted as string]!(prefix, tagless);
  return Array.isArray(names) ? new SeveralNamings(names.map(one)) : one(names);
}

/** One Ethernet frame less IP and UDP headers, with room for tunnels. */
const UDP_PAYLOAD = 1432;
/** What the Datadog Agent reads at once from a Unix socket. */
const STREAM_PAYLOAD = 8192;

type SinkConfig = Pick<Config, 'maxPayload' | 'framed' | 'agent'>;

/** @param addonOf finds the addon for Unix datagrams, or tells why there is none. */
export function sinkFor(
  target: Target,
  { maxPayload, framed, agent }: SinkConfig,
  addonOf = findAddon,
): Sink {
  switch (target.kind) {
    case 'udp':
      return new UdpSink(target.host, target.port, maxPayload ?? UDP_PAYLOAD);
    case 'tcp': {
      const { host, port } = target;
      const url = `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
      return new StreamSink({
        url,
        to: { host, port },
        framed: false,
        maxPayload: maxPayload ?? STREAM_PAYLOAD,
      });
    }
    case 'unixstream': {
      const { path } = target;
      return new StreamSink({
        url: `unixstream://${path}`,
        to: { path },
        framed,
        maxPayload: maxPayload ?? STREAM_PAYLOAD,
      });
    }
    case 'unix': {
      const addon = addonOf();
      if (typeof addon !== 'string')
        return new UnixDatagramSink(target.path, addon, maxPayload ?? STREAM_PAYLOAD);
      const instead = new UdpSink(agent.host, agent.port, maxPayload ?? UDP_PAYLOAD);
      warnOnce(
        'RM_ADDON_MISSING',
        target.path,
        `unix://${target.path} needs the package unix-dgram (${addon}): sending to ${instead.url} instead. Install it, or use unixstream://, or set DD_AGENT_HOST`,
      );
      return instead;
    }
    case 'log':
      return new LogSink();
    case 'null':
      return new NullSink(maxPayload ?? UDP_PAYLOAD);
  }
}
