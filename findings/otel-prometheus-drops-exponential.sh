#!/usr/bin/env bash
# OpenTelemetry's Prometheus exporter for Node: an exponential histogram is a name without values.
#
# Guess:   a histogram for which a view asks for exponential buckets is exported as a native histogram,
#          as classic buckets, or at the least with its count and sum; or a warning says that it can not.
# Instead: the page has its HELP line and `# TYPE latency untyped`, and no sample; no warning is logged.
# Matters: the view that is recommended for OTLP empties the dashboards of those who scrape the same
#          process, rates of requests included.
# Versions: @opentelemetry/exporter-prometheus 0.223.0, sdk-metrics 2.12.1; Node 20.20.2, 24.21.0: alike.
set -euo pipefail
node=$(realpath "$(command -v "${NODE:-node}")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y > npm.log
npm install --ignore-scripts --no-audit --no-fund @opentelemetry/exporter-prometheus@0.223.0 @opentelemetry/sdk-metrics@2.12.1 @opentelemetry/api@1.9.1 >> npm.log 2>&1
cat > probe.mjs <<'JS'
import { DiagLogLevel, diag } from '@opentelemetry/api'
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { AggregationType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
const logged = []
const log = (...words) => logged.push(words.join(' '))
diag.setLogger({ error: log, warn: log, info: log, debug() {}, verbose() {} }, DiagLogLevel.INFO)
logged.length = 0
for (const type of ['EXPLICIT_BUCKET_HISTOGRAM', 'EXPONENTIAL_HISTOGRAM']) {
  const reader = new Reader()
  const views = [{ instrumentName: 'latency', aggregation: { type: AggregationType[type] } }]
  new MeterProvider({ readers: [reader], views }).getMeter('app').createHistogram('latency').record(5)
  const page = new PrometheusSerializer().serialize((await reader.collect()).resourceMetrics)
  const lines = page.split('\n').filter(line => line.includes('latency'))
  console.log(`${type}: ${lines.find(line => line.startsWith('# TYPE'))}, ${lines.some(line => line.startsWith('latency_count')) ? 'with' : 'without'} samples`)
}
console.log(`told to the logger of diagnostics: ${logged.length}`)
JS
cat > expected <<'TXT'
EXPLICIT_BUCKET_HISTOGRAM: # TYPE latency histogram, with samples
EXPONENTIAL_HISTOGRAM: # TYPE latency untyped, without samples
told to the logger of diagnostics: 1
TXT
timeout 30 "$node" probe.mjs | tee seen
diff expected seen
