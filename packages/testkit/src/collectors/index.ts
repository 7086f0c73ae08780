import type { Collector } from './server.ts';
import { collectd } from './servers/collectd.ts';
import { etsy } from './servers/etsy.ts';
import { netdata } from './servers/netdata.ts';
import { otelcol } from './servers/otelcol.ts';
import { statsdExporter } from './servers/statsd-exporter.ts';
import { telegraf } from './servers/telegraf.ts';

/** The servers that can be had from npm, Debian and as Go modules. */
export const COLLECTORS: readonly Collector[] = [statsdExporter, telegraf, otelcol, etsy, netdata, collectd];
