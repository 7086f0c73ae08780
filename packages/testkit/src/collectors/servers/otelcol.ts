import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ROOT } from '../../pack.ts';
import { dataFolder, freePort, startProgram } from '../../servers/program.ts';
import { goProgram } from '../go.ts';
import { Readings } from '../reading.ts';
import type { Collector } from '../server.ts';
import { startSink } from '../sink.ts';

const build = () =>
  goProgram('otelcol', {
    version: 'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/statsdreceiver',
  });

export const otelcol: Collector = {
  id: 'otelcol',
  name: 'OpenTelemetry Collector',
  settings: ['otel'],
  how: '`deploy/agents/otel-collector.yaml`, written over OTLP',
  install: async () => (await build()).version,
  async start() {
    const { path } = await build();
    const folder = dataFolder('otelcol');
    const [udp, health] = [await freePort(), await freePort()];
    const unixDatagram = join(folder, 'statsd.sock');
    const readings = new Readings();
    const sink = await startSink((_, body) => add(readings, JSON.parse(body) as Otlp));
    const { receivers } = parse(readFileSync(join(ROOT, 'deploy/agents/otel-collector.yaml'), 'utf8')) as {
      receivers: { statsd: object };
    };
    const statsd = { ...receivers.statsd, endpoint: `127.0.0.1:${udp}`, aggregation_interval: '1s' };
    const config = join(folder, 'config.yaml');
    writeFileSync(
      config,
      stringify({
        receivers: {
          statsd,
          'statsd/tcp': { ...statsd, transport: 'tcp' },
          'statsd/unix': {
            ...statsd,
            transport: 'unixgram',
            endpoint: unixDatagram,
            socket_permissions: 0o622,
          },
        },
        exporters: {
          otlp_http: { endpoint: `http://127.0.0.1:${sink.port}`, encoding: 'json', compression: 'none' },
        },
        service: {
          telemetry: {
            metrics: {
              readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: health } } } }],
            },
          },
          pipelines: {
            metrics: { receivers: ['statsd', 'statsd/tcp', 'statsd/unix'], exporters: ['otlp_http'] },
          },
        },
      }),
    );
    const program = await startProgram(path, [config], { ready: udp, folders: [folder] });
    return {
      udp,
      tcp: udp,
      unixDatagram,
      read: async () => readings.list(),
      async stop() {
        await program.stop();
        await sink.stop();
      },
    };
  },
};

interface Attribute {
  key: string;
  value: { stringValue?: string };
}
interface Point {
  attributes?: Attribute[];
  asDouble?: number;
  asInt?: string;
  count?: string;
  sum?: number;
}
type Points = { dataPoints: Point[] };
interface Metric {
  name: string;
  sum?: Points;
  gauge?: Points;
  histogram?: Points;
  exponentialHistogram?: Points;
  summary?: Points;
}
interface Otlp {
  resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[];
}

/** Sums and histograms are of one interval each. */
function add(readings: Readings, { resourceMetrics }: Otlp): void {
  const metrics = resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics),
  );
  for (const { name, sum, gauge, ...timings } of metrics) {
    const of = (point: Point) => ({
      name,
      tags: Object.fromEntries(
        (point.attributes ?? []).map(({ key, value }) => [key, value.stringValue ?? '']),
      ),
    });
    const value = (point: Point) => point.asDouble ?? Number(point.asInt);
    for (const point of sum?.dataPoints ?? [])
      readings.add({ ...of(point), kind: 'count', value: value(point) });
    for (const point of gauge?.dataPoints ?? [])
      readings.add({ ...of(point), kind: 'gauge', value: value(point) });
    const points = Object.values(timings).flatMap((one) => (one as Points).dataPoints ?? []);
    for (const point of points)
      readings.add({ ...of(point), kind: 'timing', count: Number(point.count), sum: point.sum! });
  }
}
