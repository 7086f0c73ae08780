import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { exportCommand } from '../../../routemeter/src/cli/export.ts';
import { SERVERS } from '../../../routemeter/src/config/servers.ts';
import { mappingFaults } from '../../src/deploy/statsd-exporter.ts';
import { ROOT } from '../../src/pack.ts';

const read = (file: string) => readFile(join(ROOT, 'deploy/agents', file), 'utf8');

/** Options by where they stand, as the documentation of that version has them. */
const DOCUMENTED = {
  'datadog.yaml': {
    server: 'datadog',
    // pkg/config/config_template.yaml of datadog-agent 7 and "DogStatsD" in its documentation.
    '': [
      'use_dogstatsd dogstatsd_port bind_host dogstatsd_socket dogstatsd_origin_detection',
      'dogstatsd_origin_detection_client dogstatsd_buffer_size dogstatsd_non_local_traffic',
      'dogstatsd_stats_enable dogstatsd_so_rcvbuf dogstatsd_tags dogstatsd_tag_cardinality',
      'dogstatsd_mapper_profiles dogstatsd_mapper_cache_size dogstatsd_entity_id_precedence',
      'histogram_aggregates histogram_percentiles histogram_copy_to_distribution',
    ].join(' '),
  },
  'telegraf.conf': {
    server: 'telegraf',
    // README.md of plugins/inputs/statsd and outputs/influxdb, docs/CONFIGURATION.md; 1.38.
    agent:
      'interval round_interval metric_batch_size metric_buffer_limit flush_interval hostname omit_hostname',
    'inputs.statsd': [
      'protocol max_tcp_connections tcp_keep_alive tcp_keep_alive_period service_address delete_gauges',
      'delete_counters delete_sets delete_timings enable_aggregation_temporality percentiles',
      'metric_separator datadog_extensions datadog_distributions datadog_keep_container_tag',
      'statsd_calculate_percentiles templates number_workers_threads allowed_pending_messages',
      'percentile_limit read_buffer_size max_ttl convert_names float_counters float_timings float_sets',
      'sanitize_name_method',
    ].join(' '),
    'outputs.influxdb':
      'urls local_address database database_tag exclude_database_tag skip_database_creation retention_policy timeout username password',
  },
  'vector.yaml': {
    server: 'vector',
    // vector.dev/docs/reference/configuration, sources/statsd, transforms/remap, sinks/prometheus_remote_write.
    'sources.statsd':
      'type mode address receive_buffer_bytes convert_to sanitize permit_origin shutdown_timeout_secs keepalive tls path connection_limit',
    'transforms.host':
      'type inputs source file drop_on_abort drop_on_error reroute_dropped timezone metric_tag_values',
    'sinks.engine': [
      'type inputs endpoint default_namespace buckets quantiles batch request tenant_id tls auth aws',
      'acknowledgements compression expire_metrics_secs buffer healthcheck retry_strategy',
    ].join(' '),
  },
  'otel-collector.yaml': {
    server: 'otel',
    // README.md of receiver/statsdreceiver, exporter/prometheusremotewriteexporter,
    // processor/resourcedetectionprocessor of opentelemetry-collector-contrib; 0.151.
    'receivers.statsd': [
      'endpoint transport socket_permissions aggregation_interval enable_metric_type enable_simple_tags',
      'is_monotonic_counter enable_ip_only_aggregation timer_histogram_mapping counter_type',
    ].join(' '),
    'receivers.statsd.timer_histogram_mapping': 'statsd_type observer_type histogram summary',
    'receivers.statsd.timer_histogram_mapping.histogram': 'max_size explicit_buckets',
    'processors.resourcedetection': 'detectors timeout override system attributes',
    'exporters.prometheusremotewrite':
      'endpoint tls external_labels headers namespace add_metric_suffixes send_metadata remote_write_queue resource_to_telemetry_conversion target_info timeout retry_on_failure',
    'exporters.prometheusremotewrite.resource_to_telemetry_conversion': 'enabled exclude_service_attributes',
    'service.pipelines.metrics': 'receivers processors exporters',
  },
} as const;

type Tree = Record<string, unknown>;

/** What stands at a path; the elements of lists on the way are taken together. */
function at(tree: unknown, path: string): Tree[] {
  let found: unknown[] = [tree];
  for (const part of path === '' ? [] : path.split('.')) {
    found = found.flatMap((one) => (one as Tree | undefined)?.[part] ?? []);
  }
  return found as Tree[];
}

describe.each(Object.entries(DOCUMENTED))('%s', (file, { server, ...places }) => {
  it('has options that are documented, and no others', async () => {
    const text = await read(file);
    const tree = file.endsWith('.conf') ? parseToml(text) : parseYaml(text);
    for (const [path, known] of Object.entries(places)) {
      const found = at(tree, path);
      expect(found.length, path).toBeGreaterThan(0);
      for (const options of found) {
        // Deeper places have lists of their own.
        expect(known.split(' '), path).toEqual(expect.arrayContaining(Object.keys(options)));
      }
    }
  });

  it('names the server of its app, as the guide does', async () => {
    expect(await read(file)).toContain(`server: '${server}'`);
    expect(Object.keys(SERVERS)).toContain(server);
    const guide = await readFile(join(ROOT, 'docs/collectors.md'), 'utf8');
    expect(guide).toContain(`(../deploy/agents/${file})`);
    expect(guide).toContain(`server: '${server}'`);
  });
});

describe('what the apps send is what the settings take', () => {
  it('Telegraf: every timing type, and no packed values', async () => {
    const [statsd] = at(parseToml(await read('telegraf.conf')), 'inputs.statsd') as [Tree];
    expect(SERVERS.telegraf).toMatchObject({ dialect: 'influx', pack: false, timings: 'timing' });
    // Without both it drops distributions, which meter.distribution() sends whatever the server is.
    expect(statsd).toMatchObject({ datadog_extensions: true, datadog_distributions: true });
    // Templates would take the dots of names apart.
    expect(statsd).not.toHaveProperty('templates');
  });

  it('Vector: milliseconds stay milliseconds', async () => {
    const tree = parseYaml(await read('vector.yaml'));
    expect(SERVERS.vector).toMatchObject({ dialect: 'dogstatsd', pack: false });
    expect(tree.sources.statsd.convert_to).toBe('milliseconds');
    const inputs = Object.values<Tree>({ ...tree.transforms, ...tree.sinks }).flatMap((one) => one.inputs);
    expect(inputs).toEqual(['statsd', 'host']);
  });

  it('OpenTelemetry: every timing type becomes a histogram', async () => {
    const tree = parseYaml(await read('otel-collector.yaml'));
    expect(SERVERS.otel).toMatchObject({ dialect: 'dogstatsd', pack: false });
    const mapping = tree.receivers.statsd.timer_histogram_mapping as Tree[];
    expect(mapping.map((one) => one.statsd_type)).toEqual(['timing', 'histogram', 'distribution']);
    for (const one of mapping) expect(one.observer_type).toBe('histogram');
    const { receivers, processors, exporters } = tree.service.pipelines.metrics;
    expect(Object.keys(tree.receivers)).toEqual(receivers);
    expect(Object.keys(tree.processors)).toEqual(processors);
    expect(Object.keys(tree.exporters)).toEqual(exporters);
  });
});

describe('statsd_exporter', () => {
  it('takes our mapping file', async () => {
    expect(mappingFaults(parseYaml(await read('statsd_mapping.yml')))).toEqual([]);
  });

  it('takes what the export command writes, whatever the prefix', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'routemeter-mapping-'));
    try {
      const budgets = join(folder, 'routemeter.budgets.yaml');
      await writeFile(
        budgets,
        `routes:
  GET /users/:id: { wall: { p95: 250ms } }
`,
      );
      // A part of a glob must not begin with a digit; the exporter would refuse all of the file.
      for (const prefix of ['', 'shop', 'my-shop.eu', '2shop']) {
        const out = join(folder, `out-${prefix}`);
        const from = ['--source', 'statsd_exporter', '--budgets', budgets, '--prefix', prefix];
        expect(await exportCommand(['prometheus', ...from, '--out', out], () => {})).toBe(0);
        const mapping = parseYaml(await readFile(join(out, 'statsd_mapping.yml'), 'utf8'));
        expect(mapping.mappings).toHaveLength(1);
        expect(mappingFaults(mapping)).toEqual([]);
        const [{ match, match_type: type }] = mapping.mappings;
        const name = `${prefix && `${prefix}.`}http.server.request`;
        if (type === 'regex') expect(name).toMatch(new RegExp(match));
        else expect(match).toBe(name);
        expect(type).toBe(prefix === '2shop' ? 'regex' : undefined);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    [{ mappings: [{ match: 'render', name: 'render' }] }, 'no glob'],
    [{ mappings: [{ match: 'a.2nd', name: 'a' }] }, 'no glob'],
    [{ mappings: [{ match: 'a.*', name: 'a b' }] }, 'pattern'],
    [{ mappings: [{ match: 'a.*', name: 'a', labels: { 'a-b': '$1' } }] }, 'propert'],
    [{ mappings: [{ match: 'a.*', name: 'a', labels: { ab: '$2' } }] }, '$2 of 1'],
    [{ mappings: [{ match: '^a(.*)$', match_type: 'regex', name: '$2' }] }, '$2 of 1'],
    [{ mappings: [{ match: 'a.*', name: 'a', bucket: [1] }] }, 'additional'],
    [{ mappings: [{ match: 'a.*', name: 'a', histogram_options: { buckets: [2, 1] } }] }, 'rise'],
    [{ defaults: { ttl: '10 m' }, mappings: [] }, 'pattern'],
    [
      {
        defaults: { observer_type: 'summary' },
        mappings: [{ match: 'a.*', name: 'a', histogram_options: {} }],
      },
      'histogram_options',
    ],
  ])('would refuse %j', (config, why) => {
    expect(mappingFaults(config).join()).toContain(why);
  });
});
